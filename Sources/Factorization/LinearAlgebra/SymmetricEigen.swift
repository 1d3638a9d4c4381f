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
    /// one can be split over the workers.
    init(_ matrix: Scratch<Double>, extent: Int, workers: Workers, cancellation: CancellationToken?) throws(FactorizationError) {
        _ = openBLASOnOneThread
        var ascending = [Double](repeating: 0, count: extent)
        var offDiagonal = [Double](repeating: 0, count: max(1, extent))
        var scales = [Double](repeating: 0, count: max(1, extent))
        let rotated = Scratch<Double>(count: extent * extent)
        try Self.check(pare_lapack_tridiagonalize(Int32(extent), matrix.base, &ascending, &offDiagonal, &scales))
        try Factorization.check(cancellation)
        try Self.check(pare_lapack_tridiagonal_eigen(Int32(extent), &ascending, &offDiagonal, rotated.base))
        try Factorization.check(cancellation)
        try Self.rotateBack(
            rotated, reflections: matrix, scales, extent: extent, workers: workers, cancellation: cancellation)
        Self.reverseRows(rotated, extent: extent)
        values = ascending.reversed().map { max(0, $0) }
        vectors = rotated
    }

    /// Where splitting the last step begins to pay, and from how many workers on it no longer does.
    private static let splitExtent = 192
    private static let splitLimit = 4

    /// A block of the vectors for each worker, and a copy of the reflections for all but one: LAPACK writes to them while it
    /// reads them.
    private static func rotateBack(
        _ vectors: Scratch<Double>, reflections: Scratch<Double>, _ scales: [Double], extent: Int, workers: Workers,
        cancellation: CancellationToken?
    ) throws(FactorizationError) {
        let blocks = extent < splitExtent ? 1 : min(workers.count, splitLimit)
        let length = (extent + blocks - 1) / blocks
        var own = [reflections]
        for _ in 1..<blocks {
            let copy = Scratch<Double>(count: extent * extent)
            copy.base.update(from: reflections.base, count: extent * extent)
            own.append(copy)
        }
        var codes = [Int32](repeating: 0, count: blocks)
        try codes.withUnsafeMutableBufferPointer { buffer throws(FactorizationError) in
            // Bounds: blocks of rows of an extent × extent matrix; each has its own reflections and writes its own code.
            nonisolated(unsafe) let (codes, own, to) = (buffer, own, vectors.base)
            try workers.run(blocks, cancellation: cancellation) { block in
                let start = block * length
                codes[block] = pare_lapack_rotate_back(
                    Int32(extent), own[block].base, scales, to + start * extent, Int32(min(length, extent - start)))
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
