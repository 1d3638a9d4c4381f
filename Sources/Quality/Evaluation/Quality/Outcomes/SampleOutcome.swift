import Glibc

/// What one row of outputs over classes says of its label; small, because the original's are kept for every sample.
public struct SampleOutcome: Sendable, Hashable {
    /// The class of the largest output; of equal ones the first, as NumPy's argmax.
    public var prediction: Int32
    /// Classes that come before the label's when outputs fall, equal ones in order of their numbers.
    public var rank: Int32
    /// The negative natural logarithm of the label's probability.
    public var loss: Float

    public init(prediction: Int32, rank: Int32, loss: Float) {
        self.prediction = prediction
        self.rank = rank
        self.loss = loss
    }

    public var isTopOne: Bool { rank == 0 }
    public var isTopFive: Bool { rank < 5 }

    /// Probabilities below this count as this: the logarithm of 0 would make every mean infinite.
    static let leastProbability = 1e-12
    /// What an output costs that is not a number; its label's rank is the last.
    static let lossOfNothing = Float(-log(leastProbability))

    /// Reads rows of `classCount` outputs, one a label.
    ///
    /// - Complexity: O(rows × classes), with an exponential each for logits.
    public static func read(
        _ outputs: UnsafeBufferPointer<Float>, classCount: Int, labels: some Collection<Int>, scale: OutputScale
    ) -> [SampleOutcome] {
        precondition(outputs.count == labels.count * classCount, "\(outputs.count) outputs for \(labels.count) labels")
        var outcomes: [SampleOutcome] = []
        outcomes.reserveCapacity(labels.count)
        for (row, label) in labels.enumerated() {
            precondition(label >= 0 && label < classCount, "label \(label) of \(classCount) classes")
            let values = UnsafeBufferPointer(rebasing: outputs[row * classCount..<(row + 1) * classCount])
            outcomes.append(SampleOutcome(values, label: label, scale: scale))
        }
        return outcomes
    }

    private init(_ values: UnsafeBufferPointer<Float>, label: Int, scale: OutputScale) {
        let own = values[label]
        var largest = -Float.infinity
        var prediction = -1
        var before = 0
        var isNumber = true
        for index in values.indices {
            let value = values[index]
            if value > largest || prediction < 0 && value == largest { (largest, prediction) = (value, index) }
            if value > own || value == own && index < label { before += 1 }
            if value.isNaN { isNumber = false }
        }
        self.prediction = Int32(prediction)
        rank = Int32(own.isNaN ? values.count - 1 : before)
        switch scale {
        case _ where !isNumber: loss = Self.lossOfNothing
        case .probabilities: loss = Float(-log(max(Double(own), Self.leastProbability)))
        case .logits:
            var sum = 0.0
            for value in values { sum += exp(Double(value - largest)) }
            let loss = log(sum) - Double(own - largest)
            // Infinite outputs have no softmax.
            self.loss = loss.isFinite ? Float(loss) : Self.lossOfNothing
        }
    }

    /// The class of the largest output in every row of `classCount`; of equal ones the first.
    public static func predictions(_ outputs: UnsafeBufferPointer<Float>, classCount: Int) -> [Int32] {
        precondition(classCount > 0 && outputs.count % classCount == 0)
        return stride(from: 0, to: outputs.count, by: classCount).map { start in
            var best = 0
            for index in 1..<max(classCount, 1) where outputs[start + index] > outputs[start + best] { best = index }
            return Int32(best)
        }
    }
}
