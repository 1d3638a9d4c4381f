import COpenBLAS
import Importance

/// The weights of one site fitted to moments of its inputs and of the outputs it should have.
struct LayerFit {
    /// One matrix a group.
    var weights: [[Double]]
    /// What they were fitted by, a set a group: about the means where a constant can make up for a shift, and shrunk.
    let trusted: [Moments.Group]
    /// The same as they were measured.
    private let moments: [Moments.Group]
    private let raw: [Moments.Group]
    private let operation: LinearOperator
    private let outputs: Int
    private let projections: [[Double]]?
    private let isCentered: Bool
    /// Independent samples that the moments are worth: places of one sample are alike, and tell as much as the root of their number.
    let evidence: Double

    /// Fits `start`; `projections` holds what follows, a matrix a group; `samples` is how many the moments are of;
    /// nil trusts them as they are. Of a masked site `whole` holds the weights before anything was pruned: as many as `start` has stay, but
    /// which is decided here.
    init(
        _ site: Site, _ moments: Moments, start: [[Double]], whole: [[Double]]? = nil, projections: [[Double]]?, ridge: Double, samples: Int?
    ) {
        weights = start
        operation = site.operation
        outputs = moments.outputs
        self.projections = projections
        isCentered = if case .none = site.intercept { false } else { true }
        raw = moments.groups
        self.moments = isCentered ? raw.map(\.centered) : raw
        let evidence = samples.map { (Double(max(1, $0)) * Double(max(1, moments.count))).squareRoot() } ?? .infinity
        self.evidence = evidence
        let operation = operation
        let outputs = outputs
        trusted = self.moments.enumerated().map { group, own in
            let anchor = projections.map { Self.product($0[group], start[group], outputs, operation.outputs, operation.inputs) }
            return own.shrunk(evidence: evidence, toward: anchor ?? whole?[group] ?? start[group])
        }
        let start = whole.flatMap { Self.survivors($0, of: start, trusted, operation, outputs, ridge) } ?? start
        for (group, own) in trusted.enumerated() {
            let mask = site.isMasked ? start[group].map { $0 != 0 } : nil
            let cross = projections.map { Self.pulledBack($0[group], own.cross, outputs, operation.outputs, operation.inputs) }
            let problem = LeastSquares(
                second: own.second, cross: cross ?? own.cross, inputs: operation.inputs, outputs: operation.outputs, ridge: ridge)
            // Weights are stored with fewer digits than they are solved for.
            let found = problem.solution(from: start[group], mask: mask).map { Double(Float($0)) }
            // Where rows are no longer independent (zeros before a projection), and at the limit of rounding.
            let isBetter = error(found, group) <= error(start[group], group)
            weights[group] = isBetter ? found : start[group]
        }
    }

    /// As many of the weights before anything was pruned as are left; nil where which is not to be decided by the data.
    private static func survivors(
        _ whole: [[Double]], of start: [[Double]], _ moments: [Moments.Group], _ operation: LinearOperator, _ outputs: Int, _ ridge: Double
    ) -> [[Double]]? {
        let count = start.reduce(0) { $0 + $1.count { $0 != 0 } }
        let choice = SurvivorChoice(moments, whole: whole, inputs: operation.inputs, outputs: outputs, ridge: ridge)
        return choice.chosen(count).map { kept in zip(whole, kept).map { zip($0, $1).map { $1 ? $0 : 0 } } }
    }

    /// What weights of all groups come to.
    struct Outcome {
        /// Means and powers about them of the outputs, without a bias.
        var means: [Double] = []
        var variances: [Double] = []
        /// Mean squared error over all outputs.
        var error = 0.0
    }

    /// What comes of matrices, one a group, in the place of the fitted ones. With `bias`, what is added now, a constant shift counts.
    func outcome(of weights: [[Double]], bias: [Double]? = nil, countsShift: Bool = false) -> Outcome {
        var outcome = Outcome()
        for group in raw.indices {
            let all = effective(weights[group], group)
            let means = Self.product(all, raw[group].inputMeans, outputs, operation.inputs, 1)
            outcome.error += moments[group].errors(all).reduce(0, +)
            if countsShift, isCentered {
                for row in 0..<outputs {
                    let shift = means[row] + (bias?[group * outputs + row] ?? 0) - raw[group].outputMeans[row]
                    outcome.error += shift * shift
                }
            }
            outcome.means += means
            outcome.variances += moments[group].powers(all)
        }
        return outcome
    }

    /// Means of the wanted outputs, and their variances about them.
    var wantedMeans: [Double] { raw.flatMap(\.outputMeans) }
    var wantedVariances: [Double] { raw.flatMap(\.centered.outputPowers) }

    /// What an error of each output costs, where those of the layer's outputs cost `importance`: a projection spreads it.
    func importance(_ importance: [Double]) -> [Double] {
        guard let projections else { return importance }
        return projections.enumerated().flatMap { group, projection in
            (0..<operation.outputs).map { rank in
                (0..<outputs).reduce(0) { sum, output in
                    let part = projection[output * operation.outputs + rank]
                    return sum + importance[group * outputs + output] * part * part
                }
            }
        }
    }

    private func error(_ weights: [Double], _ group: Int) -> Double { moments[group].errors(effective(weights, group)).reduce(0, +) }

    /// With what follows.
    private func effective(_ weights: [Double], _ group: Int) -> [Double] {
        guard let projections else { return weights }
        return Self.product(projections[group], weights, outputs, operation.outputs, operation.inputs)
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
