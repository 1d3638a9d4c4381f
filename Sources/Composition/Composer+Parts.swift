import Compression
import Factorization
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
