import Basics
import Compression
import NeuralNetwork
import TensorCore

extension ComposedModel {
    /// The model that plans make: smaller tensors, factors, dropped and shared weights, all in memory. Tensors that cannot be compressed
    /// stay as they are.
    ///
    /// - Throws: `Cancelled`.
    public func applied(_ plans: [LayerPlan], cancellation: CancellationToken? = nil) throws -> Model {
        var model = model
        for layer in placedLayers where layer.refusal == nil {
            let plan = plans[layer.number]
            for part in layer.parts where !plan.weightPlan(for: part.role).keepsWeights {
                let index = model.layers[part.place].weight
                let stored = model.tensors[index].tensor
                do {
                    let values = try part.values(plan, cancellation)
                    model.tensors[index].tensor = TensorSource(
                        Tensor(
                            shape: stored.shape, elementType: stored.elementType,
                            storage: .owned(stored.elementType.encode(values.floats()))))
                } catch PreparationFailure.cancelled {
                    throw Cancelled()
                } catch is PreparationFailure {
                    continue
                }
            }
        }
        return model
    }
}
