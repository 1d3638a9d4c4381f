import Basics
import NeuralNetwork
import TensorCore

/// Where in a matrix weights are large: read once, it draws the density map of any threshold without the weights.
///
/// The matrix is divided into tiles, and |w| into levels of about equally many weights; a tile keeps how many of its
/// weights lie at or above each level. Between two levels a threshold is interpolated.
public final class MagnitudeMap: Sendable {
    /// What maps are drawn by that are counted in the weights.
    public let maxima: MagnitudeMaxima

    static let levelCount = 32
    static let tilesDownLimit = 256
    static let tilesAcrossLimit = 512

    let tilesDown: Int
    let tilesAcross: Int
    /// Per tile, levelCount + 1 counts: weights at or above level ℓ; the last is 0.
    let tiles: [UInt32]
    let levels: MagnitudeLevels
    private var view: MatrixView { maxima.view }

    /// Reads every weight once, on all cores. `tables` are those of the same weights.
    public init(
        preparing weights: Tensor, tables: LayerTables, view: MatrixView, cancellation: CancellationToken? = nil,
        progress: (@Sendable (Double) -> Void)? = nil
    ) throws(Cancelled) {
        precondition(view.rows * view.columns == weights.count, "\(view.rows) × \(view.columns) of \(weights.shape)")
        let tilesDown = min(view.rows, MagnitudeMap.tilesDownLimit)
        let tilesAcross = min(view.columns, MagnitudeMap.tilesAcrossLimit)
        let levels = MagnitudeLevels(tables.table.magnitudes, count: weights.count)
        let survey = try MagnitudeSurvey(
            of: weights, view: view, tilesDown: tilesDown, tilesAcross: tilesAcross, levels: levels,
            cancellation: cancellation, progress: progress)
        self.tilesDown = tilesDown
        self.tilesAcross = tilesAcross
        self.levels = levels
        tiles = survey.tiles
        maxima = MagnitudeMaxima(view, rows: survey.rowMaxima, columns: survey.columnMaxima, zeroCutoff: tables.table.zeroCutoff)
    }

    /// The density map of a viewport, estimated from the tiles; cells smaller than a tile show the tile's density.
    public func densityMap(_ viewport: MapViewport, threshold: Double) -> DensityMap {
        let level = levels.position(of: maxima.cutoff(threshold))
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
        let dead = maxima.dead(threshold: threshold)
        return DensityMap(
            viewport: viewport, cells: cells, deadRows: dead.rows, deadColumns: dead.columns, exactness: .estimated)
    }

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
