extension OperatorRule {
    /// Losses of class scores (N, C, d…) against classes (N, d…).
    static let losses: [String: OperatorRule] = [
        "NegativeLogLikelihoodLoss": OperatorRule(loss), "SoftmaxCrossEntropyLoss": OperatorRule(loss),
    ]

    private static let loss: Shapes = { context throws(ShapeFault) in
        let scores = try context.shape(0, ranks: 2...64)
        let classes = try context.shape(1)
        guard classes.dimensions == [scores[0]] + scores.dimensions[2...] else {
            throw ShapeFault("classes of \(classes) do not fit scores of \(scores)")
        }
        return [.known(context.text("reduction") == "none" ? classes : []), .known(scores)]
    }
}
