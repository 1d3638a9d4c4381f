import Basics
import Compression
import NeuralNetwork
import TensorCore

/// A network as fine-tuning left it, with plans under which a compressed file holds exactly its values.
public struct FinetunedModel: Sendable {
    /// The network with its weights as they are: what runs, and what an ONNX file holds.
    public var model: Model
    /// What the plans are applied to: equal to `model` but for weights on a trellis, which are quantized when they are written.
    public var source: Model
    /// By layer of `source`; encoding its weights under them and decoding them gives those of `model`, bit for bit.
    public var plans: [LayerPlan]

    /// The smallest magnitude that is kept.
    static let least = PruneRule.threshold(Double(Float.leastNormalMagnitude))

    /// Applies sharing to weights that pruning has been through.
    ///
    /// - Throws: `Cancelled`, or a `PreparationFailure`.
    init(sharing plain: PlainModel, cancellation: CancellationToken? = nil) throws {
        (model, source) = (plain.model, plain.model)
        plans = plain.plans.map { LayerPlan(rest: $0.rest) }
        for layer in plain.changed {
            let index = plain.model.layers[layer].weight
            let plan = plain.plans[layer]
            let weights = try plain.weights(of: layer).settled()
            source.tensors[index].tensor = TensorSource(weights)
            plans[layer] = LayerPlan(prune: Self.least, share: plan.share, code: plan.code, rest: plan.rest)
            if plan.prune == nil, weights.floats().allSatisfy({ $0 != 0 }) { plans[layer].prune = nil }
            guard plan.share != nil else {
                plans[layer].prune = Self.least
                model.tensors[index].tensor = TensorSource(weights)
                continue
            }
            let tables = try LayerTables(preparing: weights, cancellation: cancellation)
            model.tensors[index].tensor = TensorSource(
                try tables.values(for: plans[layer], weights: weights, cancellation: cancellation))
        }
    }

    /// Takes the values that the shared weights of a layer were trained to.
    mutating func give(_ layer: Int, _ trained: SharedValues, code: CodePlan) {
        let index = model.layers[layer].weight
        let values = trained.settled()
        let tensor = TensorSource(Tensor(values, shape: model.tensors[index].tensor.shape))
        model.tensors[index].tensor = tensor
        source.tensors[index].tensor = tensor
        // As many clusters as there are values: each is its own.
        let count = Set(values.map(\.bitPattern)).subtracting([0]).count
        plans[layer] = LayerPlan(prune: Self.least, share: SharePlan(clusters: max(1, count)), code: code, rest: plans[layer].rest)
    }
}
