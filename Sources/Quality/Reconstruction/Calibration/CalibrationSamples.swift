import Datasets
import Evaluation
import NeuralNetwork
import Recipes

/// The samples that a recipe's reconstruction looks at: part of what the recipe means, so that it makes the same network wherever it is
/// followed. The first `samples` in the order drawn by the rule's seed are fitted; by the next few it is judged whether that helped.
/// Quality is measured on the others.
public struct CalibrationSamples: Sendable {
    /// Samples (windows of a text) that are fitted, and that it is judged by; the latter 0 of fewer than three.
    public let fitted: Int
    public let judging: Int
    /// What quality is not to be measured on; nil of random inputs.
    public let draw: SampleDraw?
    /// For the file that holds what comes of it.
    public let record: LearningRecord
    private let data: DataSet?
    private let seed: UInt64

    /// Samples by which a reconstruction is judged, for each that is fitted, and at least.
    private static let judgingShare = 0.25
    private static let fewestJudging = 32
    /// Of data that is short of that, the part that judges at least: nothing that was fitted is used unseen.
    private static let leastShare = 1.0 / 6

    /// `data` nil is random inputs; generators always get random latents.
    public init(_ rule: ReconstructRule, of model: Model, data: DataSet?) {
        seed = rule.seed
        let wanted = Self.judging(rule)
        guard let data, data.inputs(of: model) != nil else {
            self.data = nil
            (fitted, judging, draw) = (rule.samples, wanted, nil)
            record = LearningRecord(
                data: data == nil ? DataSet.randomInputs : DataSet.randomLatents, taken: rule.samples, of: rule.samples, seed: rule.seed)
            return
        }
        let total = data.drawableCount
        self.data = data
        // As many are left to measure on.
        judging = min(wanted, max((total - rule.samples) / 2, Int((Double(total) * Self.leastShare).rounded())))
        fitted = min(rule.samples, total - 2 * judging)
        let draw = SampleDraw(fitted + judging, seed: rule.seed)
        self.draw = draw
        record = LearningRecord(of: data, draw)
    }

    /// Samples that a data set needs to have for all that a rule looks at, and as many again to measure on.
    public static func enough(for rule: ReconstructRule) -> Int { rule.samples + 2 * judging(rule) }

    private static func judging(_ rule: ReconstructRule) -> Int {
        max(fewestJudging, Int((Double(rule.samples) * judgingShare).rounded(.up)))
    }

    /// The inputs that are fitted. Random ones are others than quality is measured on.
    ///
    /// - Throws: where the network cannot be run or the data does not fit it.
    func fittedInputs(of model: Model) throws(EvaluationError) -> CalibrationInputs {
        try CalibrationInputs(
            model, data: data?.drawn(0..<fitted, seed: seed), samples: max(1, fitted), seed: seed &+ (data == nil ? 0xbb67_ae85 : 0))
    }

    /// Those that it is judged by; nil where there are none.
    func judgingInputs(of model: Model) throws(EvaluationError) -> CalibrationInputs? {
        guard judging > 0 else { return nil }
        return try CalibrationInputs(
            model, data: data?.drawn(fitted..<fitted + judging, seed: seed), samples: judging, seed: seed &+ 0x6a09_e667)
    }
}

extension DataSet {
    /// What is said where inputs are drawn at random.
    public static let randomInputs = "random inputs"
    public static let randomLatents = "random latents"
}
