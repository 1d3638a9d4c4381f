import COpenBLAS
import TensorCore

/// Eigenvalues and eigenvectors of a symmetric matrix that has no negative ones.
struct SymmetricEigen {
    /// Descending; what rounding made negative is 0.
    let values: [Double]
    /// (n, n): row k is the unit vector that belongs to value k.
    let vectors: Scratch<Double>

    /// Decomposes the upper triangle of an n × n matrix, which is overwritten.
    ///
    /// LAPACK's divide and conquer (dsyevd), taken apart so that it can be cancelled between its steps and so that the last
    /// one, half of the work, is split over the workers. From `largeExtent` on, the others run on OpenBLAS's own threads.
    init(_ matrix: Scratch<Double>, extent: Int, workers: Workers, cancellation: CancellationToken?) throws(FactorizationError) {
        var ascending = [Double](repeating: 0, count: extent)
        var offDiagonal = [Double](repeating: 0, count: max(1, extent))
        var scales = [Double](repeating: 0, count: max(1, extent))
        let rotated = Scratch<Double>(count: extent * extent)
        let n = Int32(extent)
        let team = extent >= Self.largeExtent ? workers : .one
        try Self.check(BLASThreads.borrow(for: team) {
            pare_lapack_tridiagonalize(n, matrix.base, &ascending, &offDiagonal, &scales)
        })
        try Factorization.check(cancellation)
        try Self.check(BLASThreads.borrow(for: team) {
            pare_lapack_tridiagonal_eigen(n, &ascending, &offDiagonal, rotated.base)
        })
        try Factorization.check(cancellation)
        // Bounds: blocks of rows of an extent × extent matrix.
        let blockLength = max(1, min(128, (extent + workers.count - 1) / workers.count))
        let blockCount = (extent + blockLength - 1) / blockLength
        var codes = [Int32](repeating: 0, count: blockCount)
        try codes.withUnsafeMutableBufferPointer { buffer throws(FactorizationError) in
            nonisolated(unsafe) let codes = buffer
            try workers.run(blockCount, cancellation: cancellation) { block in
                let start = block * blockLength
                codes[block] = pare_lapack_rotate_back(
                    n, matrix.base, scales, rotated.base + start * extent, Int32(min(blockLength, extent - start)))
            }
        }
        for code in codes { try Self.check(code) }
        Self.reverseRows(rotated, extent: extent)
        values = ascending.reversed().map { max(0, $0) }
        vectors = rotated
    }

    /// Where the steps that cannot be cut into tiles take long enough to be worth OpenBLAS's own threads.
    static let largeExtent = 1_024

    private static func check(_ code: Int32) throws(FactorizationError) {
        guard code == 0 else { throw .noDecomposition(code: Int(code)) }
    }

    private static func reverseRows(_ matrix: Scratch<Double>, extent: Int) {
        for row in 0..<extent / 2 {
            let (upper, lower) = (matrix.base + row * extent, matrix.base + (extent - 1 - row) * extent)
            for column in 0..<extent { swap(&upper[column], &lower[column]) }
        }
    }
}
