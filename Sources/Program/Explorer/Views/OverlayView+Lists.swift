import Basics
import Reports
import TerminalUI

extension OverlayView {
    func drawPalette(_ palette: Palette, into grid: inout CellGrid, _ look: Appearance) {
        drawQuery(palette.query, into: &grid, inner.row(0), look)
        let matches = palette.matches
        drawList(matches.count, into: &grid, look) { index in
            let match = matches[index]
            let keys = match.command.keys.map { $0.label(look.glyphs) }.joined(separator: " ")
            return (highlighted(match.command.title, match.indices, look), Line(keys, look[.key]))
        }
    }

    func drawThemes(_ choice: ThemeChoice, into grid: inout CellGrid, _ look: Appearance) {
        drawList(choice.names.count, into: &grid, look) { index in
            let name = choice.names[index]
            return (Line(name), Line(name == choice.before ? look.glyphs.good.description : "", look[.dim]))
        }
    }

    func drawBrowser(_ browser: FileBrowser, into grid: inout CellGrid, _ look: Appearance) {
        let ellipsis = look.glyphs.ellipsis.description
        drawQuery(browser.query, into: &grid, inner.row(0), look)
        let width = inner.width - (browser.isLoading ? 8 : 0)
        let place = TextWidth.fit(browser.place, columns: max(0, width), omitting: .head, ellipsis: ellipsis)
        grid.write(Line(browser.isLoading ? "reading \(place)" : place, look[.dim]), in: inner.row(1), ellipsis: ellipsis)
        if browser.isLoading { return }
        if let failure = browser.folder.failure {
            grid.write(Line(failure, look[.bad]), in: listArea.row(0), ellipsis: ellipsis)
            return
        }
        let matches = browser.matches
        drawList(matches.count, into: &grid, look) { index in
            let entry = matches[index].entry
            let name = highlighted(entry.name, matches[index].indices, look)
            switch entry.kind {
            case .folder: return (Line(name.spans + [Span("/", look[.dim])]), Line(""))
            case .model: return (name, Line("\(NumberText.bytes(entry.byteCount))", look[.dim]))
            case .recipe: return (name, Line("recipe", look[.dim]))
            case .data: return (name, Line("\(NumberText.bytes(entry.byteCount))", look[.dim]))
            case .images: return (name, Line("this folder's images", look[.dim]))
            }
        }
    }

    func drawQuery(_ query: String, into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let used = grid.write(Line("\(look.glyphs.cursor) ", look[.accent]), at: row.origin)
        let field = row.inset(left: used)
        grid.fill(field, style: look[.input])
        // The end of a long query is what is being typed.
        let shown = TextWidth.fit(query, columns: max(0, field.width - 1), omitting: .head, ellipsis: look.glyphs.ellipsis.description)
        let written = grid.write(shown, at: field.origin, style: look[.input], maxWidth: field.width - 1)
        grid.fill(
            Rect(x: field.x + written, y: field.y, width: 1, height: 1).intersection(field), style: look[.inputCursor])
    }

    func drawList(
        _ count: Int, into grid: inout CellGrid, _ look: Appearance, line: (Int) -> (left: Line, right: Line)
    ) {
        let area = listArea
        let first = firstLine
        let ellipsis = look.glyphs.ellipsis.description
        for index in first..<max(first, min(count, first + area.height)) {
            let row = area.row(index - first)
            let (left, right) = line(index)
            if index == selected {
                grid.fill(row, style: look[.selection])
                grid.put(look.glyphs.cursor, at: row.origin, style: look[.accent])
            }
            let text = row.inset(left: 2, right: 1)
            grid.write(right, in: text, alignment: .trailing, ellipsis: ellipsis)
            grid.write(left.fitted(columns: max(0, text.width - right.columns - 1), ellipsis: ellipsis), in: text, ellipsis: ellipsis)
        }
        if count == 0 { grid.write(Line("nothing found", look[.dim]), in: area.row(0).inset(left: 2)) }
    }

    func highlighted(_ text: String, _ indices: [Int], _ look: Appearance) -> Line {
        guard !indices.isEmpty else { return Line(text) }
        let matched = Set(indices)
        return Line(text.enumerated().map { Span(String($1), matched.contains($0) ? look[.match] : .inherited) })
    }
}
