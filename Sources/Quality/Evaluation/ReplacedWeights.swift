import Compression
import TensorCore

/// The weights a configuration puts in place of the stored ones.
public struct ReplacedWeights: Sendable {
    /// Values in the shape of the stored tensor.
    public var tensor: Tensor
    /// What the values follow from: equal plans of a layer have equal values.
    public var plan: LayerPlan

    public init(tensor: Tensor, plan: LayerPlan) {
        self.tensor = tensor
        self.plan = plan
    }
}
