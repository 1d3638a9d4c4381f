import TensorCore

/// Decides the shared value of each weight in turn, by its error and its bits together, while the weights still to come make up for
/// what was decided: rate-constrained quantization with error feedback (after Conzelmann and Bamler 2025), on paths through a trellis
/// each of which feeds back its own errors. The bits are those that the context model expects where the weight lies.
public enum FeedbackQuantizer {
    /// The step at which a bit saves as much as it costs: `lambda` is the price of a bit in the unit of `meanCost`, which is what a
    /// squared error costs. As on a grid without feedback, see `EntropyConstrained`.
    public static func step(lambda: Double, meanCost: Double) -> Double {
        (lambda / (EntropyConstrained.price * meanCost)).squareRoot()
    }

    /// Values of a codebook that are decided with feedback at most: of more, each is near enough by itself.
    public static let largestCodebook = 256
    /// Levels of a trellis on either side of zero; of one quantizer as many as tables tell apart.
    private static let largestLevel = 4096

    /// Levels on either side of zero that a step takes to reach all that may be wanted: feedback wants more of some weights than they had.
    /// Nil where there are too many to decide among: each weight by itself comes near enough then.
    private static func levelCount(_ problem: FeedbackProblem, step: Float, isTrellis: Bool) -> Int? {
        let largest = Double(problem.largestMagnitude) / Double(step)
        let limit = isTrellis ? largestLevel : EntropyConstrained.distinctLevels
        guard step > 0, step.isFinite, 1.25 * largest + 8 <= Double(limit) else { return nil }
        return min(limit, Int(2 * largest) + 8)
    }

    /// Whether values of a step are worth deciding with feedback.
    public static func canDecide(_ problem: FeedbackProblem, step: Float, isTrellis: Bool) -> Bool {
        levelCount(problem, step: step, isTrellis: isTrellis) != nil
    }

    /// Values on a grid, whose levels are those of a trellis or of one quantizer; its step must be one to decide with.
    ///
    /// - Returns: the values in the order in which they are stored; nil where `isStopped` said so.
    public static func values(
        _ problem: FeedbackProblem, step: Float, isTrellis: Bool, isStopped: () -> Bool = { false }
    ) -> [Float]? {
        guard let levelCount = levelCount(problem, step: step, isTrellis: isTrellis) else {
            preconditionFailure("a step of \(step) for weights up to \(problem.largestMagnitude)")
        }
        let price = Double(problem.rateShare) * EntropyConstrained.price * problem.meanCost * Double(step) * Double(step)
        var choice = GridChoice(
            step: step, isTrellis: isTrellis, rates: ContextRates(levelCount: levelCount, price: price),
            context: ContextModel(shape: problem.shape))
        return FeedbackPass(problem).run(&choice, isStopped)
    }

    /// Values of a codebook (ascending, without zero), each weight taking the one nearest to what is wanted of it by then.
    ///
    /// - Returns: the values in the order in which they are stored; nil where `isStopped` said so.
    public static func values(_ problem: FeedbackProblem, codebook: [Float], isStopped: () -> Bool = { false }) -> [Float]? {
        precondition(1...largestCodebook ~= codebook.count, "a codebook of \(codebook.count) values")
        var choice = CodebookChoice(codebook: codebook)
        return FeedbackPass(problem).run(&choice, isStopped)
    }
}
