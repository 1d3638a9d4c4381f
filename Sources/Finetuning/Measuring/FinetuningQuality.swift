import Glibc

/// How good a network is on held-out data.
public struct FinetuningQuality: Sendable, Hashable {
    /// Cross-entropy in nats a label; without labels the loss that is trained on.
    public var loss: Double
    /// The part of the labels that got the largest score; nil without labels.
    public var accuracy: Double?
    /// The original outputs' power over that of the difference to them, in dB; nil where there are labels.
    public var signalToNoise: Double?
    /// Labels, or outputs, that were looked at.
    public var count: Int

    public init(loss: Double, accuracy: Double? = nil, signalToNoise: Double? = nil, count: Int) {
        self.loss = loss
        self.accuracy = accuracy
        self.signalToNoise = signalToNoise
        self.count = count
    }

    /// What is compared to keep the best: higher is better. Of symbols that follow each other, the loss tells more.
    func score(byLoss: Bool) -> Double {
        guard let accuracy, !byLoss else { return -loss }
        return accuracy
    }
}
