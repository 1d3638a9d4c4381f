/// What a network's outputs over classes are.
public enum OutputScale: Sendable, Hashable {
    /// Any numbers, which softmax makes probabilities of.
    case logits
    case probabilities

    /// Looks at the outputs of some samples: they are probabilities where every row is non-negative and sums to 1 within
    /// 10⁻³. To be asked once a network, of the original.
    ///
    /// `outputs` holds rows of `classCount` numbers.
    public init(deciding outputs: UnsafeBufferPointer<Float>, classCount: Int) {
        precondition(classCount > 0 && outputs.count % classCount == 0)
        var areProbabilities = !outputs.isEmpty
        var index = 0
        while areProbabilities, index < outputs.count {
            var sum = 0.0
            for value in outputs[index..<index + classCount] {
                // Written so that a number that is none fails.
                areProbabilities = areProbabilities && value >= 0
                sum += Double(value)
            }
            areProbabilities = areProbabilities && abs(sum - 1) <= 1e-3
            index += classCount
        }
        self = areProbabilities ? .probabilities : .logits
    }
}
