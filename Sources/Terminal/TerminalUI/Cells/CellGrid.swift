/// A picture of the screen: `width` × `height` cells, row by row from the top left.
///
/// Everything drawn is clipped to the grid and to the clip rectangle in force.
public struct CellGrid: Sendable {
    public let width: Int
    public let height: Int
    /// Where the cursor is to be shown; nil hides it.
    public var cursor: Point?
    var cells: [Cell]
    private var clip: Rect

    /// Creates a grid of blanks in `style`.
    public init(width: Int, height: Int, style: Style = .terminal) {
        precondition(width >= 0 && height >= 0, "a grid of \(width) × \(height) cells")
        self.width = width
        self.height = height
        cells = [Cell](repeating: Cell(.blank, style), count: width * height)
        clip = Rect(x: 0, y: 0, width: width, height: height)
    }

    public init(_ size: Size, style: Style = .terminal) { self.init(width: size.width, height: size.height, style: style) }

    public var size: Size { Size(width: width, height: height) }
    public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

    /// The cell at column `x`, row `y`, which must lie in the grid.
    public subscript(x: Int, y: Int) -> Cell {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "cell (\(x), \(y)) of a grid of \(width) × \(height)")
        return cells[y * width + x]
    }

    /// Draws with everything outside `area` left untouched.
    public mutating func clipped(to area: Rect, _ draw: (inout CellGrid) -> Void) {
        let outer = clip
        clip = clip.intersection(area)
        draw(&self)
        clip = outer
    }

    /// Puts one glyph, in a style laid over the cell's; a wide glyph that would be cut leaves a blank.
    public mutating func put(_ glyph: Glyph, at point: Point, style: Style) {
        putCell(glyph, columns: glyph.base.columns ?? 1, x: point.x, y: point.y, style: style)
    }

    /// Writes `text` on one row from `point` on, in at most `maxWidth` columns; returns the columns it took.
    @discardableResult
    public mutating func write(_ text: some StringProtocol, at point: Point, style: Style, maxWidth: Int = .max) -> Int {
        guard point.y >= clip.y, point.y < clip.endY else { return min(TextWidth.columns(of: text), maxWidth) }
        var x = point.x
        // A caller may pass .max, so the end is compared as columns used, never as a coordinate.
        for scalar in text.unicodeScalars {
            let columns = scalar.columns
            if columns == 0 {
                if scalar.isCombiningMark, x > point.x { addMark(scalar, before: x, y: point.y) }
                continue
            }
            guard x - point.x + (columns ?? 1) <= maxWidth else { break }
            putCell(columns == nil ? "\u{FFFD}" : Glyph(scalar), columns: columns ?? 1, x: x, y: point.y, style: style)
            x += columns ?? 1
        }
        return x - point.x
    }

    /// Fills an area with one glyph in a style laid over what is there.
    public mutating func fill(_ area: Rect, _ glyph: Glyph = .blank, style: Style) {
        let target = area.intersection(clip)
        for y in target.y..<target.endY {
            for x in target.x..<target.endX { putCell(glyph, columns: 1, x: x, y: y, style: style) }
        }
    }

    /// Lays a style over the cells of an area and keeps their glyphs.
    public mutating func restyle(_ area: Rect, _ style: Style) {
        let target = area.intersection(clip)
        for y in target.y..<target.endY {
            for index in (y * width + target.x)..<(y * width + target.endX) {
                cells[index].style = style.over(cells[index].style)
            }
        }
    }

    /// Replaces the styles of an area cell by cell and keeps the glyphs.
    public mutating func mapStyles(_ area: Rect, _ transform: (Style) -> Style) {
        let target = area.intersection(clip)
        for y in target.y..<target.endY {
            for index in (y * width + target.x)..<(y * width + target.endX) {
                cells[index].style = transform(cells[index].style)
            }
        }
    }

    /// Copies another grid with its top left corner at `point`, clipped.
    public mutating func blit(_ other: CellGrid, at point: Point) {
        let target = Rect(x: point.x, y: point.y, width: other.width, height: other.height).intersection(clip)
        for y in target.y..<target.endY {
            for x in target.x..<target.endX {
                let cell = other.cells[(y - point.y) * other.width + x - point.x]
                separateWide(x: x, y: y)
                cells[y * width + x] = cell
            }
            // A wide glyph whose half fell outside is no glyph.
            mendRow(y)
        }
    }

    private mutating func putCell(_ glyph: Glyph, columns: Int, x: Int, y: Int, style: Style) {
        guard y >= clip.y, y < clip.endY, x < clip.endX, x + columns > clip.x else { return }
        guard x >= clip.x, x + columns <= clip.endX else {
            for covered in max(x, clip.x)..<min(x + columns, clip.endX) {
                putCell(.blank, columns: 1, x: covered, y: y, style: style)
            }
            return
        }
        let index = y * width + x
        separateWide(x: x, y: y)
        cells[index] = Cell(glyph, style.written(on: cells[index].style), width: columns)
        if columns == 2 {
            separateWide(x: x + 1, y: y)
            cells[index + 1] = Cell(.blank, cells[index].style, width: 0)
        }
    }

    /// Before a cell is overwritten: the other half of a wide glyph there becomes a blank.
    private mutating func separateWide(x: Int, y: Int) {
        let index = y * width + x
        if cells[index].width == 1 { return }
        if cells[index].width == 2, x + 1 < width {
            cells[index + 1] = Cell(.blank, cells[index + 1].style)
        } else if cells[index].width == 0, x > 0 {
            cells[index - 1] = Cell(.blank, cells[index - 1].style)
        }
    }

    private mutating func mendRow(_ y: Int) {
        for x in 0..<width {
            let index = y * width + x
            let covered = x > 0 && cells[index - 1].width == 2
            if cells[index].width == 0, !covered { cells[index] = Cell(.blank, cells[index].style) }
            if cells[index].width == 2, x + 1 == width || cells[index + 1].width != 0 {
                cells[index] = Cell(.blank, cells[index].style)
            }
        }
    }

    private mutating func addMark(_ mark: Unicode.Scalar, before x: Int, y: Int) {
        guard x - 1 >= clip.x, x - 1 < clip.endX, y >= clip.y, y < clip.endY else { return }
        var index = y * width + x - 1
        if cells[index].width == 0, index > y * width { index -= 1 }
        cells[index].glyph = cells[index].glyph.adding(mark: mark)
    }
}

extension CellGrid: Equatable {
    /// Grids are equal when they show the same.
    public static func == (left: CellGrid, right: CellGrid) -> Bool {
        left.width == right.width && left.height == right.height && left.cursor == right.cursor && left.cells == right.cells
    }
}

extension CellGrid {
    /// The rows' characters without styles, trailing blanks removed, one line a row.
    public var text: String {
        (0..<height).map { rowText($0) }.joined(separator: "\n")
    }

    /// One row's characters without trailing blanks.
    public func rowText(_ y: Int) -> String {
        var view = String.UnicodeScalarView()
        for x in 0..<width {
            let cell = self[x, y]
            if cell.width > 0 {
                if cell.glyph.hasMarks { view.append(contentsOf: cell.glyph.scalars) } else { view.append(cell.glyph.base) }
            }
        }
        while view.last == " " { view.removeLast() }
        return String(view)
    }

    /// The cells of one row.
    public func row(_ y: Int) -> ArraySlice<Cell> {
        precondition(y >= 0 && y < height, "row \(y) of a grid of \(width) × \(height)")
        return cells[y * width..<(y + 1) * width]
    }
}
