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

    /// Values on a grid, whose levels are those of a trellis or of one quantizer.
    ///
    /// - Returns: the values in the order in which they are stored; nil where `isStopped` said so.
    public static func values(
        _ problem: FeedbackProblem, step: Float, isTrellis: Bool, isStopped: () -> Bool = { false }
    ) -> [Float]? {
        let price = EntropyConstrained.price * problem.meanCost * Double(step) * Double(step)
        // Feedback wants more of some weights than they had.
        let reach = min(2 * Double(problem.largestMagnitude) / Double(step) + 8, 4096)
        let levelCount = isTrellis ? Int(reach) : min(Int(reach), EntropyConstrained.distinctLevels)
        var choice = GridChoice(
            step: step, isTrellis: isTrellis, rates: ContextRates(levelCount: levelCount, price: price),
            context: ContextModel(shape: problem.shape))
        return FeedbackPass(problem).run(&choice, isStopped)
    }

    /// Values of a codebook (ascending, without zero), each weight taking the one nearest to what is wanted of it by then.
    ///
    /// - Returns: the values in the order in which they are stored; nil where `isStopped` said so.
    public static func values(_ problem: FeedbackProblem, codebook: [Float], isStopped: () -> Bool = { false }) -> [Float]? {
        precondition(!codebook.isEmpty && codebook.count < 1 << 15, "a codebook of \(codebook.count) values")
        var choice = CodebookChoice(codebook: codebook)
        return FeedbackPass(problem).run(&choice, isStopped)
    }
}
