import Datasets
import NeuralNetwork

/// What a generator's images are judged by: a classifier's features, and real images where there are some.
public struct ImageCritic: Sendable {
    public var classifier: Model
    /// The value of the classifier's graph whose numbers are the features; nil for what its last dense layer reads.
    public var features: String?
    /// What the classifier takes: black and white.
    public var values: ClosedRange<Float>
    /// Images of the kind that the generator was trained on.
    public var real: DataSet?

    public init(classifier: Model, features: String? = nil, values: ClosedRange<Float> = 0...1, real: DataSet? = nil) {
        self.classifier = classifier
        self.features = features
        self.values = values
        self.real = real
    }
}

/// By what a generator's images were judged.
public struct CriticNote: Sendable, Hashable {
    /// The classifier's name, and that of the value whose numbers are the features.
    public var classifier: String
    public var features: String
    /// Numbers an image has.
    public var featureCount: Int
    /// How much of the Fréchet distance is due to the number of samples, as far as a jackknife tells; nil of too few.
    public var frechetBias: Double?
    /// What the real images are called, and how many there are.
    public var real: String?
    public var realCount: Int?
}
