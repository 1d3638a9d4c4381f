import COpenBLAS
import Importance

/// The weights of one site fitted to moments of its inputs and of the outputs it should have.
struct LayerFit {
    /// One matrix a group.
    var weights: [[Double]]
    /// Means and powers of the outputs about them: those wanted, and those that the fitted weights give without a bias.
    var wantedMeans: [Double] = []
    var wantedVariances: [Double] = []
    var means: [Double] = []
    var variances: [Double] = []
    /// Mean squared errors over all outputs, a constant shift of the mean counted only before.
    var errorBefore = 0.0
    var errorAfter = 0.0

    /// The variance of the wanted outputs.
    var power: Double { wantedVariances.reduce(0, +) }

    /// Fits `start`; `projections` holds what follows, a matrix a group; `bias` what is added now.
    init(
        _ site: Site, _ moments: Moments, start: [[Double]], projections: [[Double]]?, bias: [Double]?, ridge: Double
    ) {
        let operation = site.operation
        weights = start
        let isCentered = if case .none = site.intercept { false } else { true }
        for (group, raw) in moments.groups.enumerated() {
            let own = isCentered ? raw.centered : raw
            let projection = projections?[group]
            func effective(_ weights: [Double]) -> [Double] {
                guard let projection else { return weights }
                return Self.product(projection, weights, moments.outputs, operation.outputs, operation.inputs)
            }
            let old = effective(start[group])
            let oldError = own.errors(old).reduce(0, +)
            let mask = site.isMasked ? start[group].map { $0 != 0 } : nil
            let cross = projection.map { Self.pulledBack($0, own.cross, moments.outputs, operation.outputs, operation.inputs) }
            let problem = LeastSquares(
                second: own.second, cross: cross ?? own.cross, inputs: operation.inputs, outputs: operation.outputs, ridge: ridge)
            // Weights are stored with fewer digits than they are solved for.
            let found = problem.solution(from: start[group], mask: mask).map { Double(Float($0)) }
            let new = effective(found)
            let newError = own.errors(new).reduce(0, +)
            // Where rows are no longer independent (zeros before a projection), and at the limit of rounding.
            let isBetter = newError <= oldError
            if isBetter { weights[group] = found }
            let inForce = isBetter ? new : old
            errorAfter += min(newError, oldError)
            errorBefore += oldError
            let places = group * moments.outputs..<(group + 1) * moments.outputs
            let oldMeans = Self.product(old, raw.inputMeans, moments.outputs, operation.inputs, 1)
            if isCentered {
                for (row, place) in places.enumerated() {
                    let shift = oldMeans[row] + (bias?[place] ?? 0) - raw.outputMeans[row]
                    errorBefore += shift * shift
                }
            }
            means += Self.product(inForce, raw.inputMeans, moments.outputs, operation.inputs, 1)
            wantedMeans += raw.outputMeans
            wantedVariances += raw.centered.outputPowers
            variances += own.powers(inForce)
        }
    }

    /// left (m, k) · right (k, n).
    private static func product(_ left: [Double], _ right: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
        var result = [Double](repeating: 0, count: m * n)
        pare_blas_dgemm(false, false, Int32(m), Int32(n), Int32(k), left, Int32(k), right, Int32(n), 0, &result, Int32(n))
        return result
    }

    /// U⁺ C of a projection U (outputs, rank) and a matrix C (outputs, inputs): what stands before the projection should be.
    private static func pulledBack(
        _ projection: [Double], _ cross: [Double], _ outputs: Int, _ rank: Int, _ inputs: Int
    ) -> [Double] {
        var gram = [Double](repeating: 0, count: rank * rank)
        pare_blas_dgemm(
            true, false, Int32(rank), Int32(rank), Int32(outputs), projection, Int32(rank), projection, Int32(rank), 0, &gram,
            Int32(rank))
        // Cᵀ U (inputs, rank), whose rows are solved for.
        var right = [Double](repeating: 0, count: inputs * rank)
        pare_blas_dgemm(
            true, false, Int32(inputs), Int32(rank), Int32(outputs), cross, Int32(inputs), projection, Int32(rank), 0, &right,
            Int32(rank))
        let mean = (0..<rank).reduce(0) { $0 + gram[$1 * rank + $1] } / Double(max(1, rank))
        // A rank that nothing follows from is held at zero.
        for index in 0..<rank { gram[index * rank + index] += max(mean * 1e-9, .leastNormalMagnitude) }
        guard pare_lapack_cholesky_solve(Int32(rank), &gram, Int32(inputs), &right) == 0 else {
            return [Double](repeating: 0, count: rank * inputs)
        }
        var result = [Double](repeating: 0, count: rank * inputs)
        for row in 0..<rank { for column in 0..<inputs { result[row * inputs + column] = right[column * rank + row] } }
        return result
    }
}
