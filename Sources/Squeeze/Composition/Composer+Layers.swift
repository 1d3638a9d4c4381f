import Basics
import Compression
import Factorization
import Structure
import TensorCore

extension Composer {
    /// The weights of a layer as they were opened.
    public func weights(of layer: Int) -> TensorSource { model.tensors[model.layers[layer].weight].tensor }

    /// The tables of a layer as it was opened, where they are there.
    public func tables(of layer: Int) -> LayerTables? { state.withLock { $0.tables[layer] } }

    /// Takes the tables of a layer as it was opened.
    public func keep(_ tables: LayerTables, of layer: Int) { state.withLock { $0.tables[layer] = tables } }

    /// Notes that a layer cannot be compressed: it stays whole whatever its plan says.
    public func refuse(_ layer: Int, reason: String) { state.withLock { $0.refusals[layer] = reason } }

    /// Why a layer stays as it is.
    public func refusal(of layer: Int) -> String? { state.withLock { $0.refusals[layer] } }

    /// The tables of a layer as it was opened, prepared now where they are not there.
    ///
    /// - Throws: a `PreparationFailure`, or an `UnreadableTensor`.
    func preparedTables(of layer: Int, _ cancellation: CancellationToken?) throws -> LayerTables {
        if let known = tables(of: layer) { return known }
        let made = try LayerTables(preparing: weights(of: layer).read(), cancellation: cancellation)
        keep(made, of: layer)
        return made
    }

    /// Σw² of a layer as it was opened.
    func power(of layer: Int) throws -> Double {
        if let tables = tables(of: layer) { return tables.statistics.power }
        if let known = state.withLock({ $0.powers[layer] }) { return known }
        let power = try weights(of: layer).read().power
        state.withLock { $0.powers[layer] = power }
        return power
    }

    /// A layer's weights with all their channels.
    func wholeKernel(_ layer: Int, _ basis: KernelBasis = .weights) -> Kernel { kernel(layer, channels.everything, basis) }

    /// How a layer's weights are read as kernels; nil where it cannot be split.
    public func layout(of layer: Int) -> KernelLayout? { restructuring.kernelLayout(ofLayer: layer) }

    /// Why a layer cannot be split into factors; nil where it can.
    public func factorObstacle(of layer: Int) -> String? { restructuring.factorObstacle(ofLayer: layer) }

    /// What stays of each layer's stored weights under plans, as their channels decide.
    ///
    /// - Throws: `Cancelled`.
    public func selections(_ plans: [LayerPlan], cancellation: CancellationToken? = nil) throws -> [LayerSelection] {
        let kept = try kept(plans, cancellation)
        return model.layers.indices.map { restructuring.selection(ofLayer: $0, kept: kept) }
    }
}
