import TerminalUI

/// The last line: what is being typed, what was last said, or the keys that matter here.
struct FooterView {
    private let state: ExplorerState

    init(_ state: ExplorerState) { self.state = state }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let area = Rect(state.size).bottom(1)
        grid.fill(area, style: look[.status])
        let row = area.inset(left: 1, right: 1)
        if let prompt = state.prompt {
            drawPrompt(prompt, into: &grid, row, look)
        } else if let message = state.message {
            let style = message.kind == .problem ? look[.bad] : look[.good]
            let sign = message.kind == .problem ? look.glyphs.warning : look.glyphs.good
            grid.write(
                Line("\(sign) \(message.text)", style), in: row, ellipsis: look.glyphs.ellipsis.description)
        } else {
            drawHints(into: &grid, row, look)
        }
    }

    private func drawPrompt(_ prompt: Prompt, into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let label = prompt.label(state.workspace?.controlContext ?? ControlContext(unit: .sparsity))
        let used = grid.write(Line(label + " ", look[.accent]), at: row.origin, maxWidth: row.width / 2)
        var field = row.inset(left: used)
        if let refusal = prompt.refusal {
            let words = Line("\(look.glyphs.warning) \(refusal)", look[.bad])
            let width = min(words.columns, max(0, field.width - 8))
            let place = Rect(x: field.endX - width, y: field.y, width: width, height: 1)
            grid.write(words, in: place, ellipsis: look.glyphs.ellipsis.description)
            field = field.inset(right: width + 1)
        }
        grid.draw(prompt.field, in: field, with: look)
    }

    private func drawHints(into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let last = [Hint("?", "help"), Hint("q", "quit")]
        let reserved = last.reduce(0) { $0 + $1.columns + 3 }
        var x = row.x
        for hint in state.isAtStart ? startHints : explorerHints(look) where !last.contains(hint) {
            guard x + hint.columns <= row.endX - reserved else { continue }
            x += hint.draw(into: &grid, at: Point(x: x, y: row.y), look) + 3
        }
        for hint in last { x += hint.draw(into: &grid, at: Point(x: x, y: row.y), look) + 3 }
    }

    private var startHints: [Hint] {
        [Hint("Enter", "open"), Hint("j k", "choose"), Hint("o", "browse"), Hint("d", "data"), Hint("t", "theme")]
            + (state.workspace == nil ? [] : [Hint("Esc", "back")])
    }

    /// Hints of the focused pane's bindings first, then the general ones; keys of the same hint stand together.
    private func explorerHints(_ look: Appearance) -> [Hint] {
        guard let context = state.workspace?.pane.keyContext else { return [] }
        var hints: [Hint] = []
        for (key, text) in Keymap.hints(in: context) {
            if let index = hints.firstIndex(where: { $0.text == text }) {
                hints[index].keys += " \(key.label(look.glyphs))"
            } else {
                hints.append(Hint(key.label(look.glyphs), text))
            }
        }
        return hints
    }

    private struct Hint: Equatable {
        var keys: String
        var text: String

        init(_ keys: String, _ text: String) {
            self.keys = keys
            self.text = text
        }

        var columns: Int { TextWidth.columns(of: keys) + 1 + TextWidth.columns(of: text) }

        func draw(into grid: inout CellGrid, at point: Point, _ look: Appearance) -> Int {
            let used = grid.write(Line(keys, look[.key]), at: point)
            return used + grid.write(Line(" \(text)", look[.dim]), at: Point(x: point.x + used, y: point.y))
        }
    }
}
