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
        let (composer, plans) = (estimate.source.composer, estimate.source.plans)
        let shapes = estimate.shapes
        var compressed = shapes.model
        for (layer, composed) in shapes.layers.enumerated() where estimate.layers[layer].refusal == nil {
            for part in composed.parts where !plans[layer].weightPlan(for: part.role).keepsWeights {
                let index = shapes.model.layers[part.layer].weight
                let stored = shapes.model.tensors[index].tensor
                let plan = plans[layer]
                // A writer reads every tensor once.
                let bytes = DeferredBytes(byteCount: stored.byteCount, isKept: false) { body in
                    try composer.forEachValue(of: part, composed, layer: layer, plan, in: shapes) { values in
                        try stored.elementType.encode(Array(values)).withUnsafeBytes(body)
                    }
                } make: {
                    stored.elementType.encode(try composer.values(of: part, composed, layer: layer, plan, in: shapes).floats())
                }
                compressed.tensors[index].tensor = TensorSource(
                    shape: stored.shape, elementType: stored.elementType, deferred: bytes)
            }
        }
        self.model = compressed
    }
}
