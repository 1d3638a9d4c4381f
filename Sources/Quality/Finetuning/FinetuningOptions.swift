import Training

/// How a network under a recipe is fine-tuned.
public struct FinetuningOptions: Sendable {
    public var rule = OptimizerRule.adam()
    /// The learning rate of the first phase, in which surviving weights move one by one.
    public var rate = 0.001
    /// That of the second, in which shared values move; both fall along half a cosine.
    public var centroidRate = 0.0003
    /// Epochs of the first phase.
    public var epochs = 3
    /// Epochs of the second, where something is shared.
    public var centroidEpochs = 2
    /// Whether sparsities grow to the recipe's over the first half of the first phase, rather than being there at once.
    public var isGradual = false
    /// Rounds of pruning and retraining (Han 2015): in each an equal part of what is left goes, the smallest weights by then, and all
    /// `epochs` follow. 1 prunes as the recipe has it, at once.
    public var rounds = 1
    /// A discriminator in the loss of a generator, beside the original's outputs.
    public var adversarial: AdversarialOptions?
    /// The original network's outputs as targets; nil for labels alone.
    public var distillation: Distillation?
    /// The largest norm of all gradients together; nil for any.
    public var largestNorm: Float?
    /// Whether normalizations divide by their running statistics, which stay as they are.
    public var keepsStatistics = false
    public var seed: UInt64 = 0
    public var threads = 2
    /// Where training can be continued from; the second phase writes beside it, with `.centroids` behind the name.
    public var checkpointPath: String?
    /// Whether to continue from there, as far as there is something.
    public var resumes = false

    public init() {}

    /// How much a teacher tells.
    public struct Distillation: Sendable, Hashable {
        public var temperature: Float
        /// The part that labels have in the loss, where there are some.
        public var labelShare: Float

        public init(temperature: Float = 2, labelShare: Float = 0.5) {
            self.temperature = temperature
            self.labelShare = labelShare
        }
    }
}

/// The two halves of fine-tuning, in their order.
public enum FinetuningPhase: String, Sendable, Hashable {
    /// Surviving weights and factors move one by one.
    case retraining
    /// Shared weights move together, by the summed gradients of their members.
    case centroids
}

/// How fine-tuning stands.
public struct FinetuningProgress: Sendable {
    public var phase: FinetuningPhase
    /// Of the first phase, counted from 1.
    public var round: Int
    public var training: TrainingProgress
    /// On held-out data, at the end of an epoch.
    public var heldOut: FinetuningQuality?
}

/// What an epoch came to.
public struct FinetuningEpoch: Sendable, Hashable {
    public var phase: FinetuningPhase
    /// Of the first phase, counted from 1.
    public var round: Int
    /// Counted from 1 in its phase and round.
    public var epoch: Int
    /// Means over the epoch, of the data trained on.
    public var loss: Double
    public var accuracy: Double?
    /// What a discriminator made of it; nil without one.
    public var adversarial: AdversarialValue?
    public var heldOut: FinetuningQuality
}

/// How fine-tuning ended.
public enum FinetuningOutcome: Sendable, Hashable {
    case finished
    case cancelled
    /// A loss or weight stopped being a number; in words.
    case diverged(String)
}
