import NeuralNetwork

/// What is to be measured: weights in place of the stored ones, in the model itself or in one of other shapes.
public struct Configuration: Sendable {
    /// The model with fewer channels or with factors; nil where all shapes are the original's.
    public var restructured: RestructuredModel?
    /// By index in the layers of the model that runs; layers that are missing stay as that model stores them.
    public var replaced: [Int: ReplacedWeights]

    public init(restructured: RestructuredModel? = nil, replaced: [Int: ReplacedWeights] = [:]) {
        self.restructured = restructured
        self.replaced = replaced
    }

    /// Whether it is the original network.
    public var isOriginal: Bool { restructured == nil && replaced.isEmpty }
}

/// A model whose graph was rewritten: the same inputs and outputs, but for the extents of carried states.
public struct RestructuredModel: Sendable {
    public var model: Model
    /// Equal identities stand for equal shapes and equal stored values.
    public var identity: Int

    public init(model: Model, identity: Int) {
        self.model = model
        self.identity = identity
    }
}
