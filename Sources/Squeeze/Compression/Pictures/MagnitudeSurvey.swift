import Basics
import NeuralNetwork
import TensorCore

/// Divides magnitudes into levels of about equally many weights, along the edges of magnitude bins.
struct MagnitudeLevels: Sendable {
    /// The level of each magnitude bin.
    let levelOfBin: [UInt8]
    /// Non-empty magnitude bins, for the interpolation within a level.
    private let magnitudes: [WeightTable.Magnitude]
    /// Weights below each level; the number of all at the end.
    private let below: [Int]

    /// A threshold: `fraction` of the way from a level's lower edge to its upper, by number of weights.
    struct Position {
        var level: Int
        var fraction: Float
    }

    init(_ magnitudes: [WeightTable.Magnitude], count: Int) {
        var levelOfBin = [UInt8](repeating: 0, count: 1 << 15)
        var below = [Int](repeating: count, count: MagnitudeMap.levelCount + 1)
        below[0] = 0
        var level = 0
        var bin = 0
        for magnitude in magnitudes {
            let wanted = min(MagnitudeMap.levelCount - 1, magnitude.below * MagnitudeMap.levelCount / max(count, 1))
            if wanted > level {
                for passed in level + 1...wanted { below[passed] = magnitude.below }
                while bin < magnitude.bin {
                    levelOfBin[bin] = UInt8(level)
                    bin += 1
                }
                level = wanted
            }
        }
        while bin < levelOfBin.count {
            levelOfBin[bin] = UInt8(level)
            bin += 1
        }
        self.levelOfBin = levelOfBin
        self.below = below
        self.magnitudes = magnitudes
    }

    func position(of cutoff: Cutoff) -> Position {
        let position = magnitudes.partitioningIndex { $0.bin >= cutoff.bin }
        guard position < magnitudes.count else { return Position(level: MagnitudeMap.levelCount, fraction: 0).clamped }
        let magnitude = magnitudes[position]
        let part = magnitude.bin == cutoff.bin ? Double(cutoff.low) / 65_536 * Double(magnitude.count) : 0
        let dropped = Double(magnitude.below) + part
        let level = Int(levelOfBin[magnitude.bin])
        let width = Double(below[level + 1] - below[level])
        return Position(level: level, fraction: width > 0 ? Float((dropped - Double(below[level])) / width) : 0).clamped
    }
}

extension MagnitudeLevels.Position {
    fileprivate var clamped: Self {
        level >= MagnitudeMap.levelCount
            ? Self(level: MagnitudeMap.levelCount - 1, fraction: 1) : Self(level: level, fraction: min(max(fraction, 0), 1))
    }
}

/// One pass over a matrix: counts by tile and level, and the largest magnitude of each row and column.
struct MagnitudeSurvey {
    /// Per tile, levelCount + 1 counts of the weights at or above a level.
    private(set) var tiles: [UInt32]
    private(set) var rowMaxima: [UInt32]
    private(set) var columnMaxima: [UInt32]

    init(
        of weights: Tensor, view: MatrixView, tilesDown: Int, tilesAcross: Int, levels: MagnitudeLevels,
        cancellation: CancellationToken?, progress: (@Sendable (Double) -> Void)?
    ) throws(Cancelled) {
        let stride = MagnitudeMap.levelCount + 1
        var tiles = [UInt32](repeating: 0, count: tilesDown * tilesAcross * stride)
        var rowMaxima = [UInt32](repeating: 0, count: view.rows)
        let columnEdges = (0...tilesAcross).map { tileExtent($0, max(tilesAcross, 1), view.columns).lowerBound }
        let columnSets = tiles.withUnsafeMutableBufferPointer { tiles in
            rowMaxima.withUnsafeMutableBufferPointer { rowMaxima in
                inPieces(
                    of: 1, count: view.columns == 0 ? 0 : tilesDown, cancellation: cancellation, progress: progress,
                    makeState: { [UInt32](repeating: 0, count: view.columns) }
                ) { columnMaxima, tileRow, _ in
                    // A piece is a row of tiles, so no two workers write to the same tile or row.
                    let counts = tiles.baseAddress.map { $0 + tileRow * tilesAcross * stride }
                    guard let counts else { return }
                    for row in tileExtent(tileRow, tilesDown, view.rows) {
                        rowMaxima[row] = weights.survey(
                            row: row, of: view, columnEdges: columnEdges, levels: levels, into: counts, &columnMaxima)
                    }
                    // From counts at a level to counts at or above it.
                    for tile in 0..<tilesAcross {
                        for level in Swift.stride(from: stride - 2, through: 0, by: -1) {
                            counts[tile * stride + level] += counts[tile * stride + level + 1]
                        }
                    }
                }
            }
        }
        try cancellation?.check()
        self.tiles = tiles
        self.rowMaxima = rowMaxima
        columnMaxima = columnSets.dropFirst().reduce(columnSets[0]) { zip($0, $1).map(max) }
    }
}

extension Tensor {
    /// Counts one row into its tiles; returns its largest magnitude.
    fileprivate func survey(
        row: Int, of view: MatrixView, columnEdges: [Int], levels: MagnitudeLevels,
        into counts: UnsafeMutablePointer<UInt32>, _ columnMaxima: inout [UInt32]
    ) -> UInt32 {
        let stride = MagnitudeMap.levelCount + 1
        var largest: UInt32 = 0
        let start = row * view.columns
        forEachChunk(in: start..<start + view.columns) { offset, chunk in
            var column = offset - start
            let end = column + chunk.count
            var tile = columnEdges.partitioningIndex { $0 > column } - 1
            levels.levelOfBin.withUnsafeBufferPointer { levelOfBin in
                columnMaxima.withUnsafeMutableBufferPointer { columnMaxima in
                    // Bounds: `column` stays below view.columns, a magnitude bin is 15 bits wide, a level < levelCount,
                    // and the tiles of a row hold `stride` counts each.
                    while column < end {
                        let tileEnd = min(end, columnEdges[tile + 1])
                        let slots = counts + tile * stride
                        while column < tileEnd {
                            let magnitude = chunk[column &- (offset &- start)].bitPattern & 0x7fff_ffff
                            slots[Int(levelOfBin[Int(magnitude >> 16)])] &+= 1
                            largest = max(largest, magnitude)
                            columnMaxima[column] = max(columnMaxima[column], magnitude)
                            column += 1
                        }
                        tile += 1
                    }
                }
            }
        }
        return largest
    }
}
