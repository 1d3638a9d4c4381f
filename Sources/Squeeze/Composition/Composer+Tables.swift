import Basics
import Compression
import Factorization
import TensorCore

extension Composer {
    /// The weights of a layer as they were opened.
    public func weights(of layer: Int) -> TensorSource { model.tensors[model.layers[layer].weight].tensor }

    /// The tables of a layer as it was opened, where they are there.
    public func tables(of layer: Int) -> LayerTables? { state.withLock { $0.tables[layer] } }

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

    /// The tables of one of the tensors that take a layer's place, where they are there.
    public func tables(of part: ComposedPart, of composed: ComposedLayer, layer: Int) -> LayerTables? {
        if composed.isUntouched { return tables(of: layer) }
        let key = PartKey(layer: layer, kernel: composed.kernel, ranks: composed.ranks, role: part.role)
        return state.withLock { $0.partTables.use(key) }
    }

    /// The same, prepared now where they are not there.
    ///
    /// - Throws: a `PreparationFailure`, or an `UnreadableTensor`.
    public func preparedTables(
        of part: ComposedPart, of composed: ComposedLayer, layer: Int, in shapes: ComposedModel,
        _ cancellation: CancellationToken? = nil
    ) throws -> LayerTables {
        if composed.isUntouched { return try preparedTables(of: layer, cancellation) }
        if let known = tables(of: part, of: composed, layer: layer) { return known }
        let made = try LayerTables(preparing: shapes.weights(of: part).read(), cancellation: cancellation)
        let key = PartKey(layer: layer, kernel: composed.kernel, ranks: composed.ranks, role: part.role)
        // Bins of a few dozen bytes each are what tables are made of.
        state.withLock { $0.partTables.insert(made, for: key, cost: 1 << 20) }
        return made
    }
}

extension ComposedModel {
    /// The weights of one of the tensors that take a layer's place; reading them may take a while the first time.
    public func weights(of part: ComposedPart) -> TensorSource { model.tensors[model.layers[part.layer].weight].tensor }
}

extension Composer {
    /// Whether the tensors in a layer's place can be read without waiting: nothing is to be refined first.
    public func isReady(_ composed: ComposedLayer, in shapes: ComposedModel, layer: Int) -> Bool {
        guard let ranks = composed.ranks else { return true }
        return shapes.kernels[layer]?.refined(ranks) != nil
    }

    /// The spectra and energies of a layer as filter pruning left it, where they are there.
    public func energyTable(of layer: Int, _ composed: ComposedLayer, in shapes: ComposedModel) -> EnergyTable? {
        (shapes.kernels[layer] ?? wholeKernel(layer)).table
    }

    /// The same, worked out now where they are not there.
    ///
    /// - Throws: `Cancelled`, or a `FactorizationError`; a layer with a `factorObstacle` must not be asked about.
    public func preparedEnergyTable(
        of layer: Int, _ composed: ComposedLayer, in shapes: ComposedModel, _ cancellation: CancellationToken? = nil
    ) throws -> EnergyTable {
        try (shapes.kernels[layer] ?? wholeKernel(layer)).preparedTable(cancellation)
    }

    private func wholeKernel(_ layer: Int) -> Kernel { kernel(layer, channels.everything) }

    /// How a layer's weights are read as kernels; nil where it cannot be split.
    public func layout(of layer: Int) -> KernelLayout? { restructuring.kernelLayout(ofLayer: layer) }

    /// Why a layer cannot be split into factors; nil where it can.
    public func factorObstacle(of layer: Int) -> String? { restructuring.factorObstacle(ofLayer: layer) }
}
