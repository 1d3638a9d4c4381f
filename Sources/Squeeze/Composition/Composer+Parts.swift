import Basics
import Compression
import Factorization
import NeuralNetwork
import Structure
import TensorCore

extension Composer {
    /// What stays of each layer's stored weights under plans, as their channels decide.
    ///
    /// - Throws: `Cancelled`.
    public func selections(_ plans: [LayerPlan], cancellation: CancellationToken? = nil) throws -> [LayerSelection] {
        let kept = try kept(plans, cancellation)
        return model.layers.indices.map { restructuring.selection(ofLayer: $0, kept: kept) }
    }

    /// What is left to do to one of the tensors in a layer's place, with the step of its grid as it is for the weights of now: whatever
    /// becomes of them, shared values are as far apart as was asked for. A tensor that cannot be compressed keeps its plan.
    ///
    /// - Throws: `Cancelled`.
    public func settledPlan(
        of part: ComposedPart, _ composed: ComposedLayer, layer: Int, _ plan: LayerPlan, in shapes: ComposedModel,
        _ cancellation: CancellationToken? = nil
    ) throws -> LayerPlan {
        let plan = plan.weightPlan(for: part.role)
        guard plan.share?.method.isOnGrid == true else { return plan }
        do {
            let tables = try preparedTables(of: part, of: composed, layer: layer, in: shapes, cancellation)
            let tensor = composed.isUntouched ? weights(of: layer) : shapes.weights(of: part)
            return try tables.withStep(plan, weights: try tensor.read(), cancellation: cancellation)
        } catch let failure as PreparationFailure where failure != .cancelled {
            return plan
        } catch PreparationFailure.cancelled {
            throw Cancelled()
        }
    }

    /// The model that plans make: smaller tensors, factors, dropped and shared weights, all in memory. Tensors that cannot be compressed
    /// stay as they are.
    ///
    /// - Throws: `Cancelled`.
    public func applied(
        _ plans: [LayerPlan], in shapes: ComposedModel, cancellation: CancellationToken? = nil
    ) throws -> Model {
        var model = shapes.model
        for (layer, composed) in shapes.layers.enumerated() where refusal(of: layer) == nil {
            for part in composed.parts where !plans[layer].weightPlan(for: part.role).keepsWeights {
                let index = model.layers[part.layer].weight
                let stored = model.tensors[index].tensor
                do {
                    let values = try values(of: part, composed, layer: layer, plans[layer], in: shapes, cancellation)
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

    /// The factors of a split layer as its plan leaves them, as matrices whatever the order of the tensors.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func factors(
        of layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel,
        _ cancellation: CancellationToken? = nil
    ) throws -> FactorMatrices {
        guard let layout = composed.layout, let ranks = composed.ranks else {
            preconditionFailure("layer \(layer) is not split")
        }
        var tensors: [FactorRole: Tensor] = [:]
        for part in composed.parts {
            guard let role = part.role else { continue }
            tensors[role] = try values(of: part, composed, layer: layer, plan, in: shapes, cancellation)
        }
        return restructuring.matrices(tensors, ofLayer: layer, layout: layout, ranks: ranks)
    }
}
