import Basics
import NeuralNetwork
import TensorCore

/// Where in a matrix weights are large: read once, it draws the density map of any threshold without the weights.
///
/// The matrix is divided into tiles, and |w| into levels of about equally many weights; a tile keeps how many of its
/// weights lie at or above each level. Between two levels a threshold is interpolated. The largest |w| of each row and
/// column tells exactly which of them a threshold kills.
public final class MagnitudeMap: Sendable {
    public let view: MatrixView

    static let levelCount = 32
    static let tilesDownLimit = 256
    static let tilesAcrossLimit = 512

    let tilesDown: Int
    let tilesAcross: Int
    /// Per tile, levelCount + 1 counts: weights at or above level ℓ; the last is 0.
    let tiles: [UInt32]
    let levels: MagnitudeLevels
    /// Patterns of the largest magnitudes, ascending.
    private let rowMaxima: [UInt32]
    private let columnMaxima: [UInt32]
    /// What drops the weights that are zero already.
    private let zeroCutoff: Cutoff

    /// Reads every weight once, on all cores. `tables` are those of the same weights.
    public init(
        preparing weights: Tensor, tables: LayerTables, view: MatrixView, cancellation: CancellationToken? = nil,
        progress: (@Sendable (Double) -> Void)? = nil
    ) throws(Cancelled) {
        precondition(view.rows * view.columns == weights.count, "\(view.rows) × \(view.columns) of \(weights.shape)")
        self.view = view
        let tilesDown = min(view.rows, MagnitudeMap.tilesDownLimit)
        let tilesAcross = min(view.columns, MagnitudeMap.tilesAcrossLimit)
        let levels = MagnitudeLevels(tables.table.magnitudes, count: weights.count)
        let survey = try MagnitudeSurvey(
            of: weights, view: view, tilesDown: tilesDown, tilesAcross: tilesAcross, levels: levels,
            cancellation: cancellation, progress: progress)
        self.tilesDown = tilesDown
        self.tilesAcross = tilesAcross
        self.levels = levels
        zeroCutoff = tables.table.zeroCutoff
        tiles = survey.tiles
        rowMaxima = survey.rowMaxima.sorted()
        columnMaxima = survey.columnMaxima.sorted()
    }

    /// Rows and columns of the matrix that hold zeros alone once weights below the threshold are dropped.
    public func dead(threshold: Double) -> (rows: Int, columns: Int) {
        let cutoff = cutoff(threshold).pattern
        return (rowMaxima.partitioningIndex { $0 >= cutoff }, columnMaxima.partitioningIndex { $0 >= cutoff })
    }

    /// The density map of a viewport, estimated from the tiles; cells smaller than a tile show the tile's density.
    public func densityMap(_ viewport: MapViewport, threshold: Double) -> DensityMap {
        let level = levels.position(of: cutoff(threshold))
        let densities = tileDensities(at: level)
        var cells = [Float](repeating: 0, count: viewport.cellsDown * viewport.cellsAcross)
        let columnSpans = (0..<viewport.cellsAcross).map {
            tileSpan(viewport.columns(ofCell: $0), tilesAcross, view.columns)
        }
        for row in 0..<viewport.cellsDown where !viewport.columns.isEmpty && !viewport.rows.isEmpty {
            let rowSpan = tileSpan(viewport.rows(ofCell: row), tilesDown, view.rows)
            for column in 0..<viewport.cellsAcross {
                let columnSpan = columnSpans[column]
                var sum: Float = 0
                for tileRow in rowSpan {
                    for tileColumn in columnSpan { sum += densities[tileRow * tilesAcross + tileColumn] }
                }
                cells[row * viewport.cellsAcross + column] = sum / Float(rowSpan.count * columnSpan.count)
            }
        }
        let dead = dead(threshold: threshold)
        return DensityMap(
            viewport: viewport, cells: cells, deadRows: dead.rows, deadColumns: dead.columns, exactness: .estimated)
    }

    /// The density map of a viewport, counted in the weights: a few milliseconds for four million of them.
    public func exactDensityMap(
        _ viewport: MapViewport, threshold: Double, weights: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> DensityMap {
        let cutoff = cutoff(threshold)
        var cells = [Float](repeating: 0, count: viewport.cellsDown * viewport.cellsAcross)
        let columns = (0..<viewport.cellsAcross).map { viewport.columns(ofCell: $0) }
        var counts = [Int](repeating: 0, count: viewport.cellsAcross)
        for cellRow in 0..<viewport.cellsDown where viewport.weightCount > 0 {
            try cancellation?.check()
            for column in counts.indices { counts[column] = 0 }
            let rows = viewport.rows(ofCell: cellRow)
            for row in rows {
                weights.withRow(row, columns: viewport.columns, of: view) { values in
                    for (cell, span) in columns.enumerated() {
                        let start = span.lowerBound - viewport.columns.lowerBound
                        var survivors = 0
                        for index in start..<start + span.count
                        where values[index].bitPattern & 0x7fff_ffff >= cutoff.pattern { survivors += 1 }
                        counts[cell] += survivors
                    }
                }
            }
            for (cell, span) in columns.enumerated() {
                cells[cellRow * viewport.cellsAcross + cell] = Float(counts[cell]) / Float(rows.count * span.count)
            }
        }
        let dead = dead(threshold: threshold)
        return DensityMap(
            viewport: viewport, cells: cells, deadRows: dead.rows, deadColumns: dead.columns, exactness: .exact)
    }

    /// That of a threshold; zeros are below it whatever the threshold is.
    private func cutoff(_ threshold: Double) -> Cutoff { max(Cutoff(threshold: threshold), zeroCutoff) }

    private func tileDensities(at level: MagnitudeLevels.Position) -> [Float] {
        let stride = MagnitudeMap.levelCount + 1
        var densities = [Float](repeating: 0, count: tilesDown * tilesAcross)
        for down in 0..<tilesDown {
            let height = tileExtent(down, tilesDown, view.rows).count
            for across in 0..<tilesAcross {
                let tile = down * tilesAcross + across
                let area = height * tileExtent(across, tilesAcross, view.columns).count
                let above = Float(tiles[tile * stride + level.level])
                let next = Float(tiles[tile * stride + level.level + 1])
                densities[tile] = (above - (above - next) * level.fraction) / Float(area)
            }
        }
        return densities
    }

    /// The tiles that a range of rows or columns touches.
    private func tileSpan(_ range: Range<Int>, _ tileCount: Int, _ extent: Int) -> Range<Int> {
        let first = MagnitudeMap.tile(of: range.lowerBound, tileCount, extent)
        let last = MagnitudeMap.tile(of: range.upperBound - 1, tileCount, extent)
        return first..<last + 1
    }

    /// The tile of a row or column: tile t begins at ⌈t × extent / tileCount⌉.
    static func tile(of index: Int, _ tileCount: Int, _ extent: Int) -> Int { index * tileCount / extent }
}

/// The rows or columns of a tile.
func tileExtent(_ tile: Int, _ tileCount: Int, _ extent: Int) -> Range<Int> {
    (tile * extent + tileCount - 1) / tileCount..<((tile + 1) * extent + tileCount - 1) / tileCount
}

extension Tensor {
    /// The weights of a rectangle of the matrix, row by row: what the deepest zoom writes out.
    public func values(rows: Range<Int>, columns: Range<Int>, of view: MatrixView) -> [Float] {
        var values = [Float]()
        values.reserveCapacity(rows.count * columns.count)
        for row in rows { withRow(row, columns: columns, of: view) { values.append(contentsOf: $0) } }
        return values
    }

    /// Part of a row as float32.
    func withRow(
        _ row: Int, columns: Range<Int>, of view: MatrixView, _ body: (UnsafeBufferPointer<Float>) -> Void
    ) {
        let start = row * view.columns + columns.lowerBound
        let range = start..<start + columns.count
        if columns.count <= Tensor.chunkCount {
            forEachChunk(in: range) { _, chunk in body(chunk) }
        } else {
            var values = [Float]()
            forEachChunk(in: range) { _, chunk in values.append(contentsOf: chunk) }
            values.withUnsafeBufferPointer(body)
        }
    }
}
