import Compression
import NeuralNetwork

/// A model with fewer channels and layers split into factors: a model like any other.
public struct Restructured: Sendable {
    public var model: Model
    /// What the layers of `model` are of the original's, in the order of `model.layers`.
    public var origins: [LayerOrigin]
    /// For each of the original's layers, the layers of `model` that took its place, in the order in which data passes.
    public var parts: [[Int]]
}

/// Where a layer of a restructured model comes from.
public struct LayerOrigin: Sendable, Hashable {
    /// Index of the original model's layer.
    public var layer: Int
    /// Which factor it is; nil where the layer is whole.
    public var role: FactorRole?

    public init(layer: Int, role: FactorRole? = nil) {
        self.layer = layer
        self.role = role
    }
}
