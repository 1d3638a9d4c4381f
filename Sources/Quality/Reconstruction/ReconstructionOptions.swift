/// How a network is reconstructed.
public struct ReconstructionOptions: Sendable, Hashable {
    /// Calibration samples (windows of a text) that are looked at.
    public var samples: Int
    /// What is added to the diagonal of the inputs' second moments, as a fraction of its mean: it holds weights near their old values.
    public var ridge: Double
    public var seed: UInt64
    /// Whether shared values are decided with feedback; else they are left for later.
    public var feedback: Bool

    public init(samples: Int = 256, ridge: Double = 0.01, seed: UInt64 = 0, feedback: Bool = true) {
        precondition(samples > 0 && ridge >= 0, "\(samples) samples with a ridge of \(ridge)")
        self.samples = samples
        self.ridge = ridge
        self.seed = seed
        self.feedback = feedback
    }
}
