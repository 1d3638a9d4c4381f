import COpenBLAS

/// One side of a Fréchet distance, its covariance's square root worked out.
///
/// The distance of two normal distributions is |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½); D. C. Dowson and B. V. Landau, The
/// Fréchet distance between multivariate normal distributions (1982); as a measure of generators M. Heusel et al., GANs
/// trained by a two time-scale update rule (2017). The inner matrix is symmetric and has no negative eigenvalues, so
/// symmetric eigendecompositions suffice; what rounding makes negative counts as 0.
public struct FrechetReference: Sendable {
    private let mean: [Double]
    private let trace: Double
    /// Σ^½, (d, d); nil where a feature is no number or LAPACK finds no eigenvalues.
    private let root: [Double]?

    public init(_ moments: FeatureMoments) {
        mean = moments.mean
        let covariance = moments.covariance
        trace = Self.trace(covariance, moments.dimension)
        root = moments.isFinite ? Self.squareRoot(covariance, moments.dimension) : nil
    }

    /// The squared distance, as the literature reports it; infinite where features are no numbers.
    ///
    /// - Complexity: O(d³).
    public func distance(to other: FeatureMoments) -> Double {
        let extent = other.dimension
        precondition(mean.count == extent, "features of \(mean.count) and \(extent) numbers")
        guard let root, other.isFinite else { return .infinity }
        let covariance = other.covariance
        let half = Self.product(root, covariance, extent)
        var inner = Self.product(half, root, extent)
        var values = [Double](repeating: 0, count: extent)
        guard pare_lapack_symmetric_eigen(false, Int32(extent), &inner, &values) == 0 else { return .infinity }
        let shared = values.reduce(0) { $0 + max(0, $1).squareRoot() }
        let shift = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return max(0, shift + trace + Self.trace(covariance, extent) - 2 * shared)
    }

    private static func trace(_ matrix: [Double], _ extent: Int) -> Double {
        (0..<extent).reduce(0) { $0 + matrix[$1 * extent + $1] }
    }

    private static func product(_ left: [Double], _ right: [Double], _ extent: Int) -> [Double] {
        var result = [Double](repeating: 0, count: extent * extent)
        let n = Int32(extent)
        _ = blasIsSerial
        pare_blas_dgemm(false, false, n, n, n, left, n, right, n, 0, &result, n)
        return result
    }

    private static func squareRoot(_ matrix: [Double], _ extent: Int) -> [Double]? {
        var vectors = matrix
        var values = [Double](repeating: 0, count: extent)
        _ = blasIsSerial
        guard pare_lapack_symmetric_eigen(true, Int32(extent), &vectors, &values) == 0 else { return nil }
        // Vᵀ diag(λ^½) V, with the eigenvectors as the rows of V.
        var scaled = vectors
        for row in 0..<extent {
            let factor = max(0, values[row]).squareRoot()
            for column in 0..<extent { scaled[row * extent + column] *= factor }
        }
        var root = [Double](repeating: 0, count: extent * extent)
        let n = Int32(extent)
        pare_blas_dgemm(true, false, n, n, n, scaled, n, vectors, n, 0, &root, n)
        return root
    }
}
