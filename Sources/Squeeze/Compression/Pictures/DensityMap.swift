import NeuralNetwork

/// The part of a matrix that a map shows, and the cells it is divided into.
public struct MapViewport: Sendable, Hashable {
    public var rows: Range<Int>
    public var columns: Range<Int>
    public var cellsDown: Int
    public var cellsAcross: Int

    public init(rows: Range<Int>, columns: Range<Int>, cellsDown: Int, cellsAcross: Int) {
        precondition(cellsDown > 0 && cellsAcross > 0, "a map of \(cellsDown) × \(cellsAcross) cells")
        self.rows = rows
        self.columns = columns
        self.cellsDown = cellsDown
        self.cellsAcross = cellsAcross
    }

    /// The whole of a matrix.
    public init(of view: MatrixView, cellsDown: Int, cellsAcross: Int) {
        self.init(rows: 0..<view.rows, columns: 0..<view.columns, cellsDown: cellsDown, cellsAcross: cellsAcross)
    }

    /// Weights the viewport shows.
    public var weightCount: Int { rows.count * columns.count }

    /// The rows that cell row `index` stands for: at least one, where the viewport has any.
    public func rows(ofCell index: Int) -> Range<Int> { MapViewport.part(index, of: cellsDown, in: rows) }

    /// The columns that cell column `index` stands for.
    public func columns(ofCell index: Int) -> Range<Int> { MapViewport.part(index, of: cellsAcross, in: columns) }

    private static func part(_ index: Int, of count: Int, in range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else { return range }
        let start = range.lowerBound + index * range.count / count
        return start..<max(start + 1, range.lowerBound + (index + 1) * range.count / count)
    }
}

/// Which part of the weights survives, cell by cell.
public struct DensityMap: Sendable, Hashable {
    public var viewport: MapViewport
    /// Fraction that survives in each cell, row by row: cellsDown × cellsAcross.
    public var cells: [Float]
    /// Fraction that survives in each row of cells.
    public var rowDensities: [Float]
    /// Fraction that survives in each column of cells.
    public var columnDensities: [Float]
    /// Rows and columns of the whole matrix in which nothing survives; always exact.
    public var deadRows: Int
    public var deadColumns: Int
    public var exactness: Exactness

    /// Margins follow from the cells and the weights each stands for.
    init(viewport: MapViewport, cells: [Float], deadRows: Int, deadColumns: Int, exactness: Exactness) {
        self.viewport = viewport
        self.cells = cells
        self.deadRows = deadRows
        self.deadColumns = deadColumns
        self.exactness = exactness
        let (down, across) = (viewport.cellsDown, viewport.cellsAcross)
        let heights = (0..<down).map { Float(viewport.rows(ofCell: $0).count) }
        let widths = (0..<across).map { Float(viewport.columns(ofCell: $0).count) }
        rowDensities = (0..<down).map { row in
            let sum = (0..<across).reduce(Float(0)) { $0 + cells[row * across + $1] * widths[$1] }
            return sum / max(widths.reduce(0, +), 1)
        }
        columnDensities = (0..<across).map { column in
            let sum = (0..<down).reduce(Float(0)) { $0 + cells[$1 * across + column] * heights[$1] }
            return sum / max(heights.reduce(0, +), 1)
        }
    }

    public subscript(row: Int, column: Int) -> Float { cells[row * viewport.cellsAcross + column] }
}
