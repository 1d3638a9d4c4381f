import Glibc

/// How good a network is on held-out data.
public struct FinetuningQuality: Sendable, Hashable {
    /// Cross-entropy in nats a label; without labels the loss that is trained on.
    public var loss: Double
    /// The part of the labels that got the largest score; nil without labels.
    public var accuracy: Double?
    /// The original outputs' power over that of the difference to them, in dB; nil where there are labels.
    public var signalToNoise: Double?
    /// Sliced Wasserstein distance of a generator's samples from the original's; nil where no discriminator takes part.
    public var distance: Double?
    /// Labels, or outputs, that were looked at.
    public var count: Int

    public init(
        loss: Double, accuracy: Double? = nil, signalToNoise: Double? = nil, distance: Double? = nil, count: Int
    ) {
        self.loss = loss
        self.accuracy = accuracy
        self.signalToNoise = signalToNoise
        self.distance = distance
        self.count = count
    }

    /// What is compared to keep the best: higher is better. Of symbols that follow each other, the loss tells more.
    func score(byLoss: Bool) -> Double {
        if let distance { return -distance }
        guard let accuracy, !byLoss else { return -loss }
        return accuracy
    }

    /// As numbers of a checkpoint; NaN stands for what is not there.
    var numbers: [Double] { [loss, accuracy ?? .nan, signalToNoise ?? .nan, distance ?? .nan, Double(count)] }

    /// Nil where there are too few.
    init?(numbers: [Double]) {
        guard numbers.count == 5, let count = Int(exactly: numbers[4]) else { return nil }
        func known(_ index: Int) -> Double? { numbers[index].isNaN ? nil : numbers[index] }
        self.init(loss: numbers[0], accuracy: known(1), signalToNoise: known(2), distance: known(3), count: count)
    }
}
