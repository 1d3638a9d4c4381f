import NeuralNetwork

/// A discriminator that says what is good in a generator's outputs (Goodfellow and others 2014).
public struct AdversarialOptions: Sendable {
    /// What a discriminator learns to tell from the generator's outputs.
    public enum Learning: Sendable {
        /// Nothing: it stays as it is, its normalizations with their running statistics.
        case nothing
        /// Samples of data, in batches of the generator's size.
        case data(any Batches)
        /// What the teacher gives for the same latents.
        case teacher
    }

    /// Takes what the generator gives, and gives one number a sample: a logit, or its Sigmoid.
    public var discriminator: Model
    public var learning: Learning
    /// The part of the adversarial loss in the generator's, beside the loss against targets.
    public var weight: Float = 1
    public var rule = OptimizerRule.adam(beta1: 0.5)
    /// The discriminator's learning rate by the generator's steps.
    public var schedule = RateSchedule(0.0002)
    /// What real samples are to be judged as; below 1 the discriminator is not led to be sure (Salimans and others 2016).
    public var realTarget: Float = 1

    public init(_ discriminator: Model, learning: Learning) {
        self.discriminator = discriminator
        self.learning = learning
    }
}

/// What a discriminator makes of one batch, or the means over many.
public struct AdversarialValue: Sendable, Hashable {
    /// −log D(G(z)), which the generator makes small.
    public var generatorLoss: Double
    /// Cross-entropy of real and of generated samples together; nil where the discriminator does not learn.
    public var discriminatorLoss: Double?
    /// D(x), what it thinks of real samples; nil where it sees none.
    public var realScore: Double?
    /// D(G(z)), what it thinks of generated ones.
    public var generatedScore: Double
}
