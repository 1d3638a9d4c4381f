import COpenBLAS
import Compression
import Importance
import TensorCore

/// What an error of one input is best made up for by those behind it, from the second moments of all.
struct ErrorFeedback {
    /// See `FeedbackProblem`.
    let pull: [Float]
    let curvature: [Float]

    /// `ridge` is a fraction of the mean of the diagonal of `second` (inputs, inputs).
    init(second: [Double], inputs d: Int, ridge: Double) {
        _ = Team.openBLASOnOneThread
        let mean = max((0..<d).reduce(0) { $0 + second[$1 * d + $1] } / Double(max(1, d)), .leastNormalMagnitude)
        var ridge = max(ridge, 1e-6) * mean
        // H = M Mᵀ with M upper triangular: the Cholesky factor of H read from its end. U = M⁻¹.
        var factor: [Double] = []
        var isFound = false
        while !isFound, ridge.isFinite {
            factor = second.reversed()
            for index in 0..<d { factor[index * d + index] += ridge }
            isFound = pare_lapack_inverse_factor(Int32(d), &factor) == 0
            ridge *= 10
        }
        guard isFound else {
            // Moments that are no numbers: each input for itself.
            (pull, curvature) = ([Float](repeating: 0, count: d * d), [Float](repeating: 1, count: d))
            return
        }
        func inverse(_ row: Int, _ column: Int) -> Double { factor[(d - 1 - column) * d + d - 1 - row] }
        var pull = [Float](repeating: 0, count: d * d)
        var curvature = [Float](repeating: 0, count: d)
        for row in 0..<d {
            let own = inverse(row, row)
            curvature[row] = Float(1 / (own * own))
            for column in row + 1..<max(row + 1, d) { pull[row * d + column] = Float(inverse(row, column) / own) }
        }
        (self.pull, self.curvature) = (pull, curvature)
    }
}

extension FeedbackProblem {
    /// At the whole price weights shrink together, to be made up for by others as few samples have it: what comes of that grows from layer to
    /// layer, and costs other samples far more than the bits are worth. So bits count the less, the fewer independent samples there are for
    /// each input. At a twentieth GoogLeNet of 125 images was 14.8 dB from the original's answers at 1.48 MB, at the whole price 12.3 dB at
    /// 1.75 MB.
    private static func rateShare(evidence: Double, inputs: Int) -> Float {
        Float(min(1, max(leastShare, evidence / (plenty * Double(max(1, inputs))))))
    }

    /// Independent samples an input for which a bit counts in full, and its least part.
    private static let plenty = 60.0
    private static let leastShare = 0.02

    /// What is to be decided of a site: `fit` says what is wanted, `importance` how much an output's errors cost.
    init(_ site: Site, _ fit: LayerFit, shape: Shape, importance: [Double], ridge: Double) {
        let operation = site.operation
        let order: WeightOrder =
            switch operation.form {
            case .convolution, .product(isTransposed: true): .byOutput
            case .product(isTransposed: false): .byInput(window: 1)
            case .transposedConvolution: .byInput(window: operation.window)
            }
        let groups = fit.weights.indices.map { index in
            let feedback = ErrorFeedback(second: fit.trusted[index].second, inputs: operation.inputs, ridge: ridge)
            return Group(
                wanted: fit.weights[index].map { Float($0 / operation.scale) }, pull: feedback.pull, curvature: feedback.curvature)
        }
        self.init(
            shape: shape, order: order, outputs: operation.outputs, inputs: operation.inputs, groups: groups,
            importance: importance.map { Float($0 * operation.scale * operation.scale) }, keepsZeros: site.isMasked,
            rateShare: Self.rateShare(evidence: fit.evidence, inputs: operation.inputs))
    }
}
