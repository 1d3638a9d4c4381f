import CNcurses
import Glibc
import TerminalUI

/// Writes the cells that changed since the last grid, run by run, through ncurses.
struct Painter {
    private let depth: ColorDepth
    private let isASCII: Bool
    private var last: CellGrid?
    private var quantizer: Quantizer
    private var pairs: [ColorPair: Int32] = [:]
    private var pairLimit: Int32

    /// Palette indices; −1 is the terminal's own colour.
    private struct ColorPair: Hashable {
        var foreground: Int32
        var background: Int32
    }

    init(depth: ColorDepth, isASCII: Bool) {
        self.depth = depth
        self.isASCII = isASCII
        quantizer = Quantizer(depth)
        pairLimit = depth > .mono ? min(pare_color_pairs(), 32767) : 0
    }

    /// Draws everything anew next time.
    mutating func forget() { last = nil }

    /// Brings the screen to show `grid`, which may be of another size than the screen while a resize is under way.
    mutating func present(_ given: CellGrid) {
        let grid = isASCII ? given.asciified() : given
        let comparable = last.flatMap { $0.size == grid.size ? $0 : nil }
        if comparable == nil { pare_erase() }
        let rows = min(grid.height, Int(pare_rows()))
        for y in 0..<rows {
            let row = grid.row(y)
            if let comparable, comparable.row(y) == row { continue }
            draw(row, over: comparable?.row(y), y: y)
        }
        last = grid
        if let cursor = grid.cursor, grid.bounds.contains(cursor) {
            pare_move(Int32(cursor.y), Int32(cursor.x))
            curs_set(1)
        } else {
            curs_set(0)
        }
        pare_refresh()
    }

    private mutating func draw(_ row: ArraySlice<Cell>, over old: ArraySlice<Cell>?, y: Int) {
        let width = row.count
        let start = row.startIndex
        func cell(_ x: Int) -> Cell { row[start + x] }
        func isSame(_ x: Int) -> Bool { old.map { $0[$0.startIndex + x] == cell(x) } ?? false }
        var x = 0
        var text: [wchar_t] = []
        text.reserveCapacity(width)
        while x < width {
            if isSame(x) {
                x += 1
                continue
            }
            // A covered cell is drawn with the wide glyph that covers it.
            if cell(x).width == 0, x > 0 { x -= 1 }
            let first = x
            let style = cell(x).style
            text.removeAll(keepingCapacity: true)
            while x < width, cell(x).style == style, x == first || !isSame(x) || cell(x).width == 0 {
                append(cell(x), to: &text)
                x += 1
            }
            let (pair, attributes) = look(style)
            pare_write_run(Int32(y), Int32(first), text, Int32(text.count), attributes, pair)
        }
    }

    /// A glyph that the C library measures otherwise would shift the rest of the row: it gives way to question marks.
    private func append(_ cell: Cell, to text: inout [wchar_t]) {
        guard cell.width > 0 else { return }
        let base = wchar_t(bitPattern: cell.glyph.base.value)
        if base >= 0x20, base < 0x7F, !cell.glyph.hasMarks {
            text.append(base)
            return
        }
        guard wcwidth(base) == Int32(cell.width) else {
            for _ in 0..<cell.width { text.append(wchar_t(0x3F)) }
            return
        }
        text.append(base)
        if cell.glyph.hasMarks {
            for mark in cell.glyph.scalars.dropFirst() where wcwidth(wchar_t(bitPattern: mark.value)) == 0 {
                text.append(wchar_t(bitPattern: mark.value))
            }
        }
    }

    private mutating func look(_ style: Style) -> (pair: Int32, attributes: attr_t) {
        var attributes: attr_t = 0
        if style.attributes.contains(.bold) { attributes |= pare_bold }
        if style.attributes.contains(.dim) { attributes |= pare_dim }
        if style.attributes.contains(.italic) { attributes |= pare_italic }
        if style.attributes.contains(.underline) { attributes |= pare_underline }
        if style.attributes.contains(.reverse) { attributes |= pare_reverse }
        guard depth > .mono else { return (0, attributes) }
        var colors = ColorPair(foreground: -1, background: -1)
        switch (style.foreground.rgb, style.background.rgb) {
        case (let front?, let back?):
            let indices = quantizer.pair(front, on: back)
            colors = ColorPair(foreground: Int32(indices.foreground), background: Int32(indices.background))
        case (let front?, nil): colors.foreground = Int32(quantizer.index(of: front))
        case (nil, let back?): colors.background = Int32(quantizer.index(of: back))
        case (nil, nil): return (0, attributes)
        }
        return (number(of: colors), attributes)
    }

    /// The pair's number; when all are used up the oldest tables are dropped and the next frame is drawn anew.
    private mutating func number(of colors: ColorPair) -> Int32 {
        if let known = pairs[colors] { return known }
        if pairs.count + 1 >= pairLimit {
            pairs.removeAll(keepingCapacity: true)
            forget()
        }
        let number = Int32(pairs.count + 1)
        guard init_extended_pair(number, colors.foreground, colors.background) == OK else { return 0 }
        pairs[colors] = number
        return number
    }
}
