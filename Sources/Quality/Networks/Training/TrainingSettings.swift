import Training

/// How a network is trained from nothing.
public struct TrainingSettings: Sendable, Hashable {
    public var epochs: Int
    /// Samples of a batch; streams of a text.
    public var batchSize: Int
    public var rule: OptimizerRule
    /// The learning rate, which falls along half a cosine.
    public var rate: Double
    /// The largest norm of all gradients together; nil for any.
    public var largestNorm: Float?
    public var augmentation = Augmentation()
    /// Symbols of a text that gradients go back through.
    public var window = 64
    /// Digits that are drawn to train on where no data is named.
    public var drawnCount = 60_000
    public var seed: UInt64 = 1
    public var threads = 2
    /// Where training can be continued from, and whether it is.
    public var checkpointPath: String?
    public var resumes = false

    init(epochs: Int, batchSize: Int, rule: OptimizerRule = .adamW(weightDecay: 0.05), rate: Double) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.rule = rule
        self.rate = rate
    }
}
