import Basics
import Composition
import Compression
import NeuralNetwork
import Structure
import TensorCore

/// A model with its plans applied: what any runtime can run.
public struct CompressedModel: Sendable {
    /// Smaller tensors, chains of factors, dropped and shared weights; elements are worked out when they are written.
    public let model: Model
    public let estimate: Estimate

    /// Applies plans; `data` is for criteria that look at activations.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice = .random, progress: ProgressSink = { _ in }
    ) throws {
        self.init(try Estimate(of: model, plans: plans, data: data, progress: progress))
    }

    /// Puts the values in place that an estimate was made of.
    public init(_ estimate: Estimate) {
        self.estimate = estimate
        var compressed = estimate.shapes.model
        for layer in estimate.shapes.placedLayers where estimate.layers[layer.number].refusal == nil {
            let plan = estimate.source.plans[layer.number]
            for part in layer.parts where !plan.weightPlan(for: part.role).keepsWeights {
                let index = compressed.layers[part.place].weight
                let stored = compressed.tensors[index].tensor
                // A writer reads every tensor once.
                let bytes = DeferredBytes(byteCount: stored.byteCount, isKept: false) { body in
                    try part.forEachValue(plan) { values in
                        try stored.elementType.encode(Array(values)).withUnsafeBytes(body)
                    }
                } make: {
                    stored.elementType.encode(try part.values(plan).floats())
                }
                compressed.tensors[index].tensor = TensorSource(
                    shape: stored.shape, elementType: stored.elementType, deferred: bytes)
            }
        }
        self.model = compressed
    }
}
