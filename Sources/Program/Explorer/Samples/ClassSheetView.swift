import Basics
import Evaluation
import Reports
import TerminalUI

/// How well each class is told, original → compressed, and which confusions are new.
struct ClassSheetView {
    private let classes: ClassTable
    private let isStale: Bool

    init(_ classes: ClassTable, isStale: Bool) {
        self.classes = classes
        self.isStale = isStale
    }

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        if area.width >= 66 {
            let left = Rect(x: area.x, y: area.y, width: 42, height: area.height)
            drawClasses(into: &grid, in: left, look)
            let right = Rect(x: area.x + 46, y: area.y, width: min(36, area.width - 46), height: area.height)
            drawConfusions(into: &grid, in: right, look)
        } else {
            let height = min(max(3, area.height * 2 / 3), classes.rows.count + 1)
            drawClasses(into: &grid, in: area.top(height), look)
            drawConfusions(into: &grid, in: area.inset(top: height + (area.height > height + 3 ? 1 : 0)), look)
        }
    }

    private func drawClasses(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        guard area.height > 1 else { return }
        let verb = classes.isLabelled ? "accuracy" : "agreement"
        write(["class", "samples", verb, "change"], look[.heading], into: &grid, area.row(0), look)
        let room = area.height - 1
        var rows = classes.rows
        if rows.count > room {
            // Those that lost most, in the order of their numbers.
            rows = Array(rows.sorted { ($0.share, $0.label) < ($1.share, $1.label) }.prefix(max(0, room - 1)))
        }
        for (index, row) in rows.enumerated() {
            let before = percent(row.original, row.count)
            let values = classes.isLabelled ? "\(before) \(look.glyphs.becomes) \(percent(row.changed, row.count))" : percent(row.changed, row.count)
            let style = isStale ? look[.stale] : row.gain < 0 ? look[.bad] : row.gain > 0 ? look[.good] : look[.text]
            let change = QualityText.difference(row.share, .topOne)
            write([classes.name(row.label), NumberText.grouped(row.count), values, change], style, into: &grid, area.row(index + 1), look)
        }
        if rows.count < classes.rows.count {
            let left = "\(NumberText.grouped(classes.rows.count - rows.count)) more, which lost no more"
            grid.write(Line(left, look[.dim]), in: area.row(rows.count + 1), ellipsis: look.glyphs.ellipsis.description)
        }
    }

    private func drawConfusions(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        guard area.height > 1 else { return }
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(Line("new confusions", look[.heading]), in: area.row(0), ellipsis: ellipsis)
        guard !classes.confusions.isEmpty else {
            grid.write(Line("none", look[.dim]), in: area.row(1), ellipsis: ellipsis)
            return
        }
        for (index, confusion) in classes.confusions.prefix(area.height - 1).enumerated() {
            let becomes = look.glyphs.becomes
            let counts = "\(NumberText.grouped(confusion.original)) \(becomes) \(NumberText.grouped(confusion.changed))"
            let row = area.row(index + 1)
            let taken = Line([
                Span(classes.name(confusion.label), look[isStale ? .stale : .text]), Span(" taken for ", look[.dim]),
                Span(classes.name(confusion.prediction), look[isStale ? .stale : .text]),
            ])
            grid.write(taken, in: row.inset(right: min(row.width, counts.count + 2)), ellipsis: ellipsis)
            grid.write(Line(counts, look[isStale ? .stale : .bad]), in: row, alignment: .trailing, ellipsis: ellipsis)
        }
    }

    /// Class to the left, the others to the right.
    private func write(_ cells: [String], _ style: Style, into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let widths = [0, 7, 13, 7]
        let fixed = widths.reduce(0, +) + widths.count - 1
        var x = row.x
        for (cell, width) in zip(cells, [max(4, row.width - fixed)] + widths.dropFirst()) {
            let place = Rect(x: x, y: row.y, width: min(width, row.endX - x), height: 1)
            grid.write(
                Line(cell, style), in: place, alignment: x == row.x ? .leading : .trailing, ellipsis: look.glyphs.ellipsis.description)
            x += width + 1
        }
    }

    private func percent(_ part: Int, _ count: Int) -> String {
        NumberText.fixed(100 * Double(part) / Double(max(1, count)), 1)
    }
}

extension ClassTable.Row {
    /// What was gained, as a share of the class's samples.
    fileprivate var share: Double { Double(gain) / Double(max(1, count)) }
}
