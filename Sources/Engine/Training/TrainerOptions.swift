import Execution
import NeuralNetwork

/// How a network is trained.
public struct TrainerOptions: Sendable {
    public var loss = Loss.crossEntropy
    /// The part of that loss; 0 leaves it to a discriminator to say what is good.
    public var lossWeight: Float = 1
    /// A discriminator whose judgement of the output is made small beside the loss.
    public var adversarial: AdversarialOptions?
    /// The decay a step of a moving average of the weights, which is kept where it scores better than they do; nil for none.
    public var averageDecay: Float?
    public var rule = OptimizerRule.gradientDescent()
    public var schedule = RateSchedule(0.01)
    /// Whether biases and scales decay like matrices.
    public var decaysVectors = true
    /// The largest norm of all gradients together; nil for any.
    public var largestNorm: Float?
    public var epochs = 1
    public var threads = 2
    /// For what is random while the network runs; batches have a seed of their own.
    public var seed: UInt64 = 0
    public var statistics = TrainingOptions.Statistics.batch
    /// By name of the stored tensor; those that are not named are free.
    public var constraints: [String: Constraint] = [:]
    /// Sparsities that grow while training goes on, by name of the stored tensor.
    public var pruning: [String: GradualPruning] = [:]
    /// The network whose outputs are the targets, of the same inputs.
    public var teacher: Model?
    /// The output the loss looks at, by position.
    public var output = 0
    /// Outputs whose values are inputs of the next batch of an epoch: states of recurrent networks, by name.
    public var carried: [String: String] = [:]
    /// Where checkpoints go; nil for none.
    public var checkpointPath: String?
    /// Steps between checkpoints; those at an epoch's end are always made.
    public var checkpointInterval = 1000

    public init() {}
}

/// How training stands.
public struct TrainingProgress: Sendable {
    /// Steps done, and of how many.
    public var step: Int
    public var stepCount: Int
    public var epoch: Int
    /// Of the step just done.
    public var loss: Double
    public var rate: Double
    /// Means over the epoch so far; accuracy nil without labels.
    public var epochLoss: Double
    public var epochAccuracy: Double?
    /// The same of the discriminator's judgements; nil without one.
    public var adversarial: AdversarialValue?
    /// Samples a second, and seconds that remain; nil before there is anything to go by.
    public var speed: Double?
    public var remainingSeconds: Double?
    /// At the end of an epoch what the evaluation said.
    public var score: Double?
}

/// How training ended.
public enum TrainingOutcome: Sendable, Hashable {
    case finished
    case cancelled
}
