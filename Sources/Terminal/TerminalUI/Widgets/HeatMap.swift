/// A matrix of densities 0…1 as coloured pixels, with the densities of its rows and columns at the margins.
public struct HeatMap: Widget, Sendable, Hashable {
    /// Values down and across; each is drawn as one pixel, or `scale` pixels.
    public var rows: Int
    public var columns: Int
    /// Row-major; NaN where there is nothing.
    public var values: [Double]
    /// Fraction that is left of each row and column, 0…1; empty for no margin.
    public var rowDensities: [Double]
    public var columnDensities: [Double]
    /// How much of what a row or column stands for is dead: 0 none, 1 all.
    public var deadRows: [Double]
    public var deadColumns: [Double]
    /// Pixels a value takes: columns across, half rows down.
    public var scale: Size
    /// Texts drawn on the values, row-major; empty for none. Wants a scale of at least the texts' width × 2.
    public var texts: [String]
    /// A value to mark, row and column.
    public var cursor: Point?

    public init(
        rows: Int, columns: Int, values: [Double], rowDensities: [Double] = [], columnDensities: [Double] = [],
        deadRows: [Double] = [], deadColumns: [Double] = [], scale: Size = Size(width: 1, height: 1), texts: [String] = [],
        cursor: Point? = nil
    ) {
        precondition(values.count == rows * columns, "\(values.count) values for \(rows) × \(columns)")
        self.rows = rows
        self.columns = columns
        self.values = values
        self.rowDensities = rowDensities
        self.columnDensities = columnDensities
        self.deadRows = deadRows
        self.deadColumns = deadColumns
        self.scale = scale
        self.texts = texts
        self.cursor = cursor
    }

    /// Columns of the right margin: a blank, a mark for the dead, and a bar.
    private static let rowMargin = 5
    /// Rows of the lower margin: columns, and marks for the dead.
    private static let columnMargin = 1

    /// Where the parts lie.
    public struct Geometry: Sendable, Hashable {
        public let pixels: Rect
        public let rowMargin: Rect
        public let columnMargin: Rect
    }

    /// Where pixels and margins lie in `area`; margins are left out where they would take too much.
    public static func geometry(in area: Rect, margins: Bool = true) -> Geometry {
        let right = margins && area.width >= 24 ? rowMargin : 0
        let below = margins && area.height >= 4 ? columnMargin : 0
        let pixels = area.inset(right: right, bottom: below)
        return Geometry(
            pixels: pixels, rowMargin: Rect(x: pixels.endX, y: area.y, width: right, height: pixels.height),
            columnMargin: Rect(x: area.x, y: pixels.endY, width: pixels.width, height: below))
    }

    /// The most values that an area shows one pixel each: two rows of them in a row of cells.
    public static func pixelSize(in area: Rect, margins: Bool = true) -> Size {
        let pixels = geometry(in: area, margins: margins).pixels
        return Size(width: pixels.width, height: pixels.height * 2)
    }

    private var hasMargins: Bool { !rowDensities.isEmpty || !columnDensities.isEmpty }

    /// Column and row of the value at a cell; the upper one of two.
    public func hitTest(_ point: Point, in area: Rect) -> Point? {
        let pixels = Self.geometry(in: area, margins: hasMargins).pixels
        guard pixels.contains(point) else { return nil }
        let value = Point(x: (point.x - pixels.x) / scale.width, y: (point.y - pixels.y) * 2 / scale.height)
        return value.x < columns && value.y < rows ? value : nil
    }

    /// The value at a pixel, nil where there is none.
    private func value(pixelX: Int, pixelY: Int) -> Double? {
        let (column, row) = (pixelX / scale.width, pixelY / scale.height)
        guard column < columns, row < rows else { return nil }
        let value = values[row * columns + column]
        return value.isNaN ? nil : value
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        let geometry = Self.geometry(in: area, margins: hasMargins)
        for y in 0..<geometry.pixels.height {
            for x in 0..<geometry.pixels.width {
                let point = Point(x: geometry.pixels.x + x, y: geometry.pixels.y + y)
                let upper = value(pixelX: x, pixelY: y * 2)
                let lower = value(pixelX: x, pixelY: y * 2 + 1)
                drawPixels(upper, lower, into: &grid, point, look)
            }
        }
        drawTexts(into: &grid, geometry.pixels, look)
        drawCursor(into: &grid, geometry.pixels, look)
        if hasMargins {
            drawRowMargin(into: &grid, geometry.rowMargin, look)
            drawColumnMargin(into: &grid, geometry.columnMargin, look)
        }
    }

    private func drawPixels(_ upper: Double?, _ lower: Double?, into grid: inout CellGrid, _ point: Point, _ look: Appearance) {
        if upper == nil, lower == nil { return }
        if look.glyphs.isASCII || look.depth < .colors256 || look.theme.map.isEmpty {
            let present = [upper, lower].compactMap { $0 }
            let mean = present.reduce(0, +) / Double(max(1, present.count))
            grid.put(look.glyphs.shade(mean), at: point, style: look[.text])
            return
        }
        let top = upper.flatMap { look.theme.mapColor(Self.stepped($0)) }
        let bottom = lower.flatMap { look.theme.mapColor(Self.stepped($0)) }
        if let top {
            grid.put(look.glyphs.upperHalf, at: point, style: Style(.rgb(top), on: bottom.map(Color.rgb) ?? .inherited))
        } else if let bottom {
            grid.put(look.glyphs.lowerHalf, at: point, style: Style(.rgb(bottom)))
        }
    }

    /// Densities in 32 steps: no eye tells more apart, and a terminal has a limited number of colour pairs.
    private static func stepped(_ value: Double) -> Double {
        value <= 0 ? 0 : max(1, (min(1, value) * 31).rounded()) / 31
    }

    private func drawTexts(into grid: inout CellGrid, _ pixels: Rect, _ look: Appearance) {
        guard !texts.isEmpty else { return }
        for row in 0..<rows {
            let y = pixels.y + (row * scale.height + (scale.height - 1) / 2) / 2
            guard y < pixels.endY else { break }
            for column in 0..<columns {
                let x = pixels.x + column * scale.width
                let index = row * columns + column
                guard x + scale.width <= pixels.endX, index < texts.count else { break }
                let behind = look.depth < .colors256 ? nil : look.theme.mapColor(Self.stepped(values[index]))
                let ink = behind.map { $0.luminance > 0.3 ? RGB(0, 0, 0) : RGB(255, 255, 255) }
                let style = ink.map { Style(.rgb($0), on: behind.map(Color.rgb) ?? .inherited) } ?? look[.text]
                let room = Rect(x: x, y: y, width: scale.width - 1, height: 1)
                grid.fill(room, style: style)
                grid.write(Line(texts[index], style), in: room, alignment: .trailing, ellipsis: "")
            }
        }
    }

    private func drawCursor(into grid: inout CellGrid, _ pixels: Rect, _ look: Appearance) {
        guard let cursor else { return }
        let rect = Rect(
            x: pixels.x + cursor.x * scale.width, y: pixels.y + cursor.y * scale.height / 2, width: scale.width,
            height: max(1, scale.height / 2))
        grid.mapStyles(rect.intersection(pixels)) { $0.adding([.reverse, .bold]) }
    }

    private func drawRowMargin(into grid: inout CellGrid, _ margin: Rect, _ look: Appearance) {
        guard margin.width > 2 else { return }
        for y in 0..<margin.height {
            let first = y * 2 / scale.height
            let last = min(rows, max(first + 1, (y * 2 + 1) / scale.height + 1))
            guard first < last else { break }
            let density = Self.mean(rowDensities, first, last)
            let dead = first < deadRows.count ? deadRows[first..<min(last, deadRows.count)].max() ?? 0 : 0
            let mark = Point(x: margin.x, y: margin.y + y)
            if dead > 0 { grid.put(dead >= 0.999 ? look.glyphs.dead : look.glyphs.bullet, at: mark, style: look[.mapDead]) }
            grid.drawBar(
                density, in: Rect(x: margin.x + 1, y: mark.y, width: margin.width - 1, height: 1),
                style: look[.histogramOriginal],
                glyphs: look.glyphs)
        }
    }

    private func drawColumnMargin(into grid: inout CellGrid, _ margin: Rect, _ look: Appearance) {
        guard !margin.isEmpty else { return }
        for x in 0..<margin.width {
            let column = x / scale.width
            guard column < columns else { break }
            let point = Point(x: margin.x + x, y: margin.y)
            if column < deadColumns.count, deadColumns[column] > 0 {
                grid.put(deadColumns[column] >= 0.999 ? look.glyphs.dead : look.glyphs.bullet, at: point, style: look[.mapDead])
            } else if column < columnDensities.count, columnDensities[column] > 0 {
                let level = max(1, Int((min(1, columnDensities[column]) * 8).rounded()))
                grid.put(look.glyphs.columnEighths[level], at: point, style: look[.histogramOriginal])
            }
        }
    }

    private static func mean(_ values: [Double], _ first: Int, _ last: Int) -> Double {
        guard first < values.count else { return 0 }
        let part = values[first..<min(last, values.count)]
        return part.reduce(0, +) / Double(max(1, part.count))
    }
}
