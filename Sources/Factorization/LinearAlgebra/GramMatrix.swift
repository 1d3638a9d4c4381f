import COpenBLAS
import TensorCore

/// Sums of products of rows, of columns, or of both, gathered slab by slab.
///
/// A slab is `slices` row-major matrices (rows, columns) one after the other. Its rows' Gram matrix is Σ X·Xᵀ, its columns' is
/// Σ Xᵀ·X, over the slices. Only upper triangles are kept. Double precision: the square of a small singular value has to
/// survive beside that of the largest.
struct GramAccumulator {
    /// Which of the two Gram matrices: over the rows of a slice, or over its columns.
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

    /// The tiles of an upper triangle, those off the diagonal first: they are the longer work.
    private static func tiles(of side: Side, extent: Int) -> [Tile] {
        let length = extent > 1024 ? 384 : 128
        let ranges = stride(from: 0, to: extent, by: length).map { $0..<min($0 + length, extent) }
        var result: [Tile] = []
        for (index, row) in ranges.enumerated() {
            for column in ranges[(index + 1)...] { result.append(Tile(side: side, row: row, column: column)) }
        }
        return result + ranges.map { Tile(side: side, row: $0, column: $0) }
    }

    /// Adds a slab of `slices` matrices of `rowCount` × `columnCount`.
    mutating func add(
        _ slab: UnsafePointer<Double>, slices: Int, rowCount: Int, columnCount: Int, workers: Workers,
        cancellation: CancellationToken?
    ) throws(FactorizationError) {
        let scale: Double = isEmpty ? 0 : 1
        isEmpty = false
        let (rows, columns, tiles) = (rows, columns, tiles)
        // Bounds: tiles lie within the extents, which are the slab's; each tile of the sums is written by one worker.
        try workers.run(tiles.count, cancellation: cancellation) { index in
            let tile = tiles[index]
            switch tile.side {
            case .rows:
                guard let (extent, sums) = rows else { return }
                let target = sums.base + tile.row.lowerBound * extent + tile.column.lowerBound
                for slice in 0..<slices {
                    let start = slab + slice * rowCount * columnCount
                    let left = start + tile.row.lowerBound * columnCount
                    let scale = slice == 0 ? scale : 1
                    if tile.row == tile.column {
                        pare_blas_dsyrk(
                            false, Int32(tile.row.count), Int32(columnCount), left, Int32(columnCount), scale, target,
                            Int32(extent))
                    } else {
                        multiply(
                            MatrixView(left, rows: tile.row.count, columns: columnCount),
                            by: MatrixView(
                                start + tile.column.lowerBound * columnCount, rows: tile.column.count, columns: columnCount
                            ).transposed, into: target, stride: extent, scale: scale)
                    }
                }
            case .columns:
                guard let (extent, sums) = columns else { return }
                let target = sums.base + tile.row.lowerBound * extent + tile.column.lowerBound
                // The slices stand one below the other, so all of them are one product.
                let height = slices * rowCount
                let left = slab + tile.row.lowerBound
                if tile.row == tile.column {
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
