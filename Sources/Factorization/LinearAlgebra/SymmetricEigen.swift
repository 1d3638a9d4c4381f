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
    /// one can be split over the workers. From `largeExtent` on, all of them run on OpenBLAS's own threads.
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
        if extent < Self.largeExtent, extent >= Self.splitExtent, workers.count > 1 {
            try Self.rotateBackSplit(
                rotated, reflections: matrix, scales, extent: extent, workers: workers, cancellation: cancellation)
        } else {
            try Self.check(BLASThreads.borrow(for: team) {
                pare_lapack_rotate_back(n, matrix.base, scales, rotated.base, n)
            })
        }
        Self.reverseRows(rotated, extent: extent)
        values = ascending.reversed().map { max(0, $0) }
        vectors = rotated
    }

    /// Where the steps that cannot be cut into tiles take long enough to be worth OpenBLAS's own threads.
    static let largeExtent = 1_024
    /// Where splitting the last step begins to pay.
    private static let splitExtent = 192

    /// A block of the vectors for each worker, and a copy of the reflections: LAPACK writes to them while it reads them.
    private static func rotateBackSplit(
        _ vectors: Scratch<Double>, reflections: Scratch<Double>, _ scales: [Double], extent: Int, workers: Workers,
        cancellation: CancellationToken?
    ) throws(FactorizationError) {
        let length = (extent + workers.count - 1) / workers.count
        let blocks = (extent + length - 1) / length
        var codes = [Int32](repeating: 0, count: blocks)
        try codes.withUnsafeMutableBufferPointer { buffer throws(FactorizationError) in
            // Bounds: blocks of rows of an extent × extent matrix; each writes its own code.
            nonisolated(unsafe) let (codes, from, to) = (buffer, reflections.base, vectors.base)
            try workers.run(blocks, cancellation: cancellation) { block in
                let own = Scratch<Double>(count: extent * extent)
                own.base.update(from: from, count: extent * extent)
                let start = block * length
                codes[block] = pare_lapack_rotate_back(
                    Int32(extent), own.base, scales, to + start * extent, Int32(min(length, extent - start)))
            }
        }
        for code in codes { try check(code) }
    }

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
