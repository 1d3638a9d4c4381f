import Basics
import COpenBLAS
import Glibc

/// The leading eigenvectors of a symmetric matrix that changes a little from one time to the next.
///
/// A Chebyshev polynomial of the matrix, small below the smallest value looked for, is applied to the vectors of the time
/// before, which are then orthonormalized and turned to the best of their span (Zhou et al. 2006, doi:10.1016/j.jcp.2006.03.017).
/// A few more vectors than asked for are kept, so that the last of those converges too. Where nearly all vectors are asked
/// for, the whole matrix is decomposed instead.
struct LeadingSubspace {
    let extent: Int
    let rank: Int
    /// (kept, extent): orthonormal rows, the first `rank` of which are asked for.
    private(set) var vectors: Scratch<Double>
    private let kept: Int
    private let isExact: Bool
    /// Eigenvalues on the span, descending, of the time before.
    private var values: [Double] = []

    /// Starts with the first unit vectors. `support` bounds the rank of the matrices to come.
    init(rank: Int, extent: Int, support: Int) {
        self.rank = rank
        self.extent = extent
        let block = rank + max(8, rank / 16)
        isExact = block > extent * 3 / 5 || block > support
        kept = isExact ? rank : block
        vectors = Scratch(count: kept * extent)
        vectors.base.update(repeating: 0, count: kept * extent)
        for row in 0..<kept { vectors.base[row * extent + row] = 1 }
    }

    /// Turns towards the leading eigenvectors of a matrix, given by its upper triangle and overwritten. Gives the sum of the
    /// matrix's values on the span of the first `rank`.
    mutating func update(
        _ matrix: Scratch<Double>, workers: Workers, cancellation: CancellationToken?
    ) throws(FactorizationError) -> Double {
        if isExact {
            let eigen = try SymmetricEigen(matrix, extent: extent, workers: workers, cancellation: cancellation)
            // A new one: whoever holds the vectors of the time before keeps them.
            vectors = Scratch(count: rank * extent)
            vectors.base.update(from: eigen.vectors.base, count: rank * extent)
            return eigen.values[..<rank].reduce(0, +)
        }
        for row in 0..<extent {
            for column in 0..<row { matrix.base[row * extent + column] = matrix.base[column * extent + row] }
        }
        let product = MatrixProduct(matrix: matrix, extent: extent, workers: workers, cancellation: cancellation)
        if values.isEmpty { try turnToBest(product) }
        try filter(product)
        let code = pare_lapack_orthonormalize(Int32(extent), Int32(kept), vectors.base)
        guard code == 0 else { throw .noDecomposition(code: Int(code)) }
        try turnToBest(product)
        return values[..<rank].reduce(0, +)
    }

    /// Goes beyond the vectors in the direction they came from: what is new in them since `earlier` (rank, extent) counts
    /// 1 + `factor` times.
    mutating func extrapolate(
        from earlier: Scratch<Double>, by factor: Double, workers: Workers, cancellation: CancellationToken?
    ) throws(FactorizationError) {
        // now = overlap · earlier + new; with · (1 + factor): now − factor · (overlap · earlier − now).
        let overlap = Scratch<Double>(count: rank * rank)
        let ahead = Scratch<Double>(count: kept * extent)
        ahead.base.update(from: vectors.base, count: kept * extent)
        let before = MatrixView(earlier.base, rows: rank, columns: extent)
        try multiplyRows(
            of: MatrixView(vectors.base, rows: rank, columns: extent), by: before.transposed, into: overlap.base,
            columns: rank, workers: workers, cancellation: cancellation)
        let old = Scratch<Double>(count: rank * extent)
        try multiplyRows(
            of: MatrixView(overlap.base, rows: rank, columns: rank), by: before, into: old.base, columns: extent,
            workers: workers, cancellation: cancellation)
        for index in 0..<rank * extent { ahead.base[index] += factor * (ahead.base[index] - old.base[index]) }
        let code = pare_lapack_orthonormalize(Int32(extent), Int32(kept), ahead.base)
        guard code == 0 else { throw .noDecomposition(code: Int(code)) }
        vectors = ahead
    }

    /// vectors = polynomial(matrix) · vectors, scaled to be 1 at the largest value.
    private mutating func filter(_ product: MatrixProduct) throws(FactorizationError) {
        let (greatest, least) = (values[0], values[kept - 1])
        guard least > greatest * 1e-12 else {
            vectors = try product.applied(to: vectors, rows: kept)
            return
        }
        // Within [0, least] the polynomial is at most 1, beyond it grows. More than eight orders of magnitude between the
        // first and the last vector would drown the last in the rounding of the first.
        let half = least / 2
        let growth = acosh((greatest - half) / half)
        let degree = max(1, min(3, Int(acosh(1e8) / max(growth, 1e-3))))
        let count = kept * extent
        let first = half / (greatest - half)
        var scale = first
        var before = vectors
        var now = try product.applied(to: before, rows: kept)
        for index in 0..<count { now.base[index] = (now.base[index] - half * before.base[index]) * (scale / half) }
        for _ in 1..<degree {
            let nextScale = 1 / (2 / first - scale)
            let next = try product.applied(to: now, rows: kept)
            let (a, b) = (2 * nextScale / half, scale * nextScale)
            for index in 0..<count {
                next.base[index] = a * (next.base[index] - half * now.base[index]) - b * before.base[index]
            }
            (before, now, scale) = (now, next, nextScale)
        }
        vectors = now
    }

    /// Rayleigh–Ritz: turns the vectors within their span to the eigenvectors of the matrix on it.
    private mutating func turnToBest(_ product: MatrixProduct) throws(FactorizationError) {
        let applied = try product.applied(to: vectors, rows: kept)
        let onSpan = Scratch<Double>(count: kept * kept)
        try multiplyRows(
            of: MatrixView(vectors.base, rows: kept, columns: extent),
            by: MatrixView(applied.base, rows: kept, columns: extent).transposed, into: onSpan.base, columns: kept,
            workers: product.workers, cancellation: product.cancellation)
        let eigen = try SymmetricEigen(onSpan, extent: kept, workers: product.workers, cancellation: product.cancellation)
        let turned = Scratch<Double>(count: kept * extent)
        try multiplyRows(
            of: MatrixView(eigen.vectors.base, rows: kept, columns: kept),
            by: MatrixView(vectors.base, rows: kept, columns: extent), into: turned.base, columns: extent,
            workers: product.workers, cancellation: product.cancellation)
        vectors = turned
        values = eigen.values
    }
}

/// Products with a symmetric matrix, split over workers.
private struct MatrixProduct {
    let matrix: Scratch<Double>
    let extent: Int
    let workers: Workers
    let cancellation: CancellationToken?

    /// (rows, extent) · matrix.
    func applied(to vectors: Scratch<Double>, rows: Int) throws(FactorizationError) -> Scratch<Double> {
        let result = Scratch<Double>(count: rows * extent)
        try multiplyRows(
            of: MatrixView(vectors.base, rows: rows, columns: extent),
            by: MatrixView(matrix.base, rows: extent, columns: extent), into: result.base, columns: extent,
            workers: workers, cancellation: cancellation)
        return result
    }
}
