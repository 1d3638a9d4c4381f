import Compression
import TerminalUI

/// The first line: what is open, and what it comes to.
struct HeaderView {
    private let state: ExplorerState

    init(_ state: ExplorerState) { self.state = state }

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        guard let workspace = state.workspace else { return }
        let row = area.inset(left: 1, right: 1)
        let answer = answer(workspace, look)
        let ellipsis = look.glyphs.ellipsis.description
        let names = names(workspace, look).fitted(columns: max(0, row.width - answer.columns - 2), ellipsis: ellipsis)
        grid.write(names, in: row, ellipsis: ellipsis)
        grid.write(answer, in: row, alignment: .trailing, ellipsis: ellipsis)
    }

    private func names(_ workspace: Workspace, _ look: Appearance) -> Line {
        var line = Line([Span("Pare", look[.accent]), Span("  \(workspace.model.name)", look[.title])])
        if let recipe = workspace.recipePath { line.spans.append(Span("  \(fileName(recipe))", look[.dim])) }
        if workspace.hasUnsavedChanges {
            line.spans.append(Span(" \(look.glyphs.modified)", look[.warning]))
        }
        if state.size.width >= 100 { line.spans.append(Span("  \(workspace.model.format)", look[.dim])) }
        return line
    }

    /// Size, ratio, MACs and what is still going on: the part that must fit.
    private func answer(_ workspace: Workspace, _ look: Appearance) -> Line {
        let totals = workspace.totals
        let sign = totals.isExact ? "" : look.glyphs.estimated.description
        let arrow = look.glyphs.becomes.description
        var line = Line([])
        if totals.unprepared > 0 {
            let count = workspace.model.layers.count
            line.spans.append(
                Span("\(look.glyphs.spinner(step: 0)) reading \(count - totals.unprepared)/\(count)   ", look[.busy]))
        } else if let name = state.opening {
            line.spans.append(Span("\(look.glyphs.spinner(step: 0)) opening \(name)   ", look[.busy]))
        }
        if state.size.width >= 100, let macs = workspace.model.macs.count {
            line.spans += [Span("MACs ", look[.dim]), Span("\(NumberText.count(macs))   ")]
        }
        line.spans += [
            Span("\(NumberText.bytes(totals.originalByteCount)) \(arrow) "),
            Span("\(sign)\(NumberText.bytes(totals.compressedByteCount))", totals.isExact ? .inherited : look[.estimated]),
            Span("  \(sign)\(NumberText.ratio(totals.ratio))", look[.accent]),
        ]
        if let pin = workspace.pin {
            let delta = totals.compressedByteCount - pin.totals.compressedByteCount
            line.spans.append(Span("  \(NumberText.byteDelta(delta))", delta == 0 ? look[.dim] : look[delta < 0 ? .good : .bad]))
        }
        return line
    }
}
