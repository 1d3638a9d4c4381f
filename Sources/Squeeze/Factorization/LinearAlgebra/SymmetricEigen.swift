import Basics
import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix that has no negative ones.
struct SymmetricEigen {
    /// Descending; what rounding made negative is 0.
    let values: [Double]
    /// (n, n): row k is the unit vector that belongs to value k.
    let vectors: Scratch<Double>

    /// Decomposes the upper triangle of an n × n matrix, which is overwritten.
    ///
    /// LAPACK's divide and conquer (dsyevd), taken apart so that it can be cancelled between its steps and so that the last
    /// one, which LAPACK does in blocks too narrow to be fast, is ours.
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
        try HouseholderReflections(matrix, scales: scales, extent: extent)
            .apply(to: rotated, workers: workers, cancellation: cancellation)
        Self.reverseRows(rotated, extent: extent)
        values = ascending.reversed().map { max(0, $0) }
        vectors = rotated
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
