import Basics
import COpenBLAS

/// Sums of products of rows, of columns, or of both, gathered slab by slab.
///
/// A slab is (rows, slices, columns), row-major. Its rows' Gram matrix is that of rows × (slices · columns), its columns' that
/// of (rows · slices) × columns, so that one slab serves both unfoldings. Only upper triangles are kept. Double precision: the
/// square of a small singular value has to survive beside that of the largest.
struct GramAccumulator {
    /// Which of the two Gram matrices.
    enum Side { case rows, columns }

    private struct Tile {
        var side: Side
        var row: Range<Int>
        var column: Range<Int>
    }

    private let rows: (extent: Int, sums: Scratch<Double>)?
    private let columns: (extent: Int, sums: Scratch<Double>)?
    private let tiles: [Tile]
    private var isEmpty = true

    /// An extent of nil leaves that side out.
    init(rows: Int?, columns: Int?) {
        self.rows = rows.map { ($0, Scratch(count: $0 * $0)) }
        self.columns = columns.map { ($0, Scratch(count: $0 * $0)) }
        tiles = Self.tiles(of: .rows, extent: rows ?? 0) + Self.tiles(of: .columns, extent: columns ?? 0)
    }

    /// The tiles of an upper triangle, those off the diagonal first: they are the longer work. No more of them than keep
    /// a few workers busy, for each is gathered anew by the library; but none so long that cancelling has to wait for it. Their
    /// number does not follow that of the workers (`Workers.blockLength`).
    private static func tiles(of side: Side, extent: Int) -> [Tile] {
        let length = min(max((extent + 2) / 3, 96), 768)
        let ranges = stride(from: 0, to: extent, by: length).map { $0..<min($0 + length, extent) }
        var result: [Tile] = []
        for (index, row) in ranges.enumerated() {
            for column in ranges[(index + 1)...] { result.append(Tile(side: side, row: row, column: column)) }
        }
        return result + ranges.map { Tile(side: side, row: $0, column: $0) }
    }

    /// Adds a slab of `rowCount` × `slices` × `columnCount`.
    mutating func add(
        _ slab: UnsafePointer<Double>, rowCount: Int, slices: Int, columnCount: Int, workers: Workers,
        cancellation: CancellationToken?
    ) throws(FactorizationError) {
        let scale: Double = isEmpty ? 0 : 1
        isEmpty = false
        let (rows, columns, tiles) = (rows, columns, tiles)
        // Bounds: tiles lie within the extents, which are the slab's; each tile of the sums is written by one worker.
        try workers.split(tiles.count, cancellation: cancellation) { index in
            let tile = tiles[index]
            guard let (extent, sums) = tile.side == .rows ? rows : columns else { return }
            let target = sums.base + tile.row.lowerBound * extent + tile.column.lowerBound
            let isDiagonal = tile.row == tile.column
            switch tile.side {
            case .rows:
                let width = slices * columnCount
                let left = slab + tile.row.lowerBound * width
                if isDiagonal {
                    pare_blas_dsyrk(
                        false, Int32(tile.row.count), Int32(width), left, Int32(width), scale, target, Int32(extent))
                } else {
                    let right = MatrixView(slab + tile.column.lowerBound * width, rows: tile.column.count, columns: width)
                    multiply(
                        MatrixView(left, rows: tile.row.count, columns: width), by: right.transposed, into: target,
                        stride: extent, scale: scale)
                }
            case .columns:
                let height = rowCount * slices
                let left = slab + tile.row.lowerBound
                if isDiagonal {
                    pare_blas_dsyrk(
                        true, Int32(tile.row.count), Int32(height), left, Int32(columnCount), scale, target, Int32(extent))
                } else {
                    multiply(
                        MatrixView(left, rows: height, columns: tile.row.count, stride: columnCount).transposed,
                        by: MatrixView(
                            slab + tile.column.lowerBound, rows: height, columns: tile.column.count, stride: columnCount),
                        into: target, stride: extent, scale: scale)
                }
            }
        }
    }

    /// The finished upper triangle of a side that was asked for; whoever takes it may overwrite it.
    func takeSums(of side: Side) -> Scratch<Double> {
        guard let sums = side == .rows ? rows?.sums : columns?.sums else {
            preconditionFailure("the Gram matrix of this side was left out")
        }
        return sums
    }
}
