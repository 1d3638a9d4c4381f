import Basics
import Compression
import Factorization
import TensorCore

extension Composer {
    /// Everything of a layer under a plan, as far as it is known without another look at weights; what is not known is guessed
    /// from the plan, and marked as an estimate. Nil where the layer's own tables are still to come.
    ///
    /// - Throws: an `UnreadableTensor`.
    public func figures(
        of layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel
    ) throws -> LayerFigures? {
        guard let tables = tables(of: layer) else { return nil }
        if composed.isUntouched { return tables.figures(for: plan.weightPlan()) }
        guard let kernel = shapes.kernels[layer] else { return nil }
        let error = try structureError(kernel, composed.ranks)
        let parts = composed.parts.map { part -> PartEvaluation in
            let plan = plan.weightPlan(for: part.role)
            let tensor = shapes.weights(of: part)
            if plan.keepsWeights { return PartEvaluation(part, .asStored(tensor), hasEntry: false) }
            let known = self.tables(of: part, of: composed, layer: layer)?.figures(for: plan)
            return PartEvaluation(part, known ?? .guessed(plan, for: tensor), hasEntry: true)
        }
        let weightError = parts.reduce(0) { $0 + $1.figures.squaredError }
        let isExact = parts.allSatisfy { $0.figures.exactness == .exact }
        return assembled(
            tables.figures(for: LayerPlan()), kernel, parts, structureError: error.value,
            squaredError: error.value + weightError,
            hasFinalError: error.isExact && (composed.ranks == nil || weightError == 0),
            exactness: isExact ? .exact : .estimated)
    }

    /// Everything of a layer under a plan, exactly; factors are refined and their weights read where that was not done yet.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure` or a `FactorizationError`.
    public func exactFigures(
        of layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel,
        cancellation: CancellationToken? = nil
    ) throws -> LayerFigures {
        try exactFigures(of: layer, composed, plan, in: shapes, cancellation) { _, tables, plan, weights in
            try tables.exactFigures(for: plan, weights: weights, cancellation: cancellation)
        }
    }

    /// The same, and the entries of the tensors in the layer's place as a compressed file holds them, by their places in the
    /// composed model's layers.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure`, a `FactorizationError` or an `UnreadableTensor`.
    public func encoded(
        _ layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel, cancellation: CancellationToken? = nil
    ) throws -> (figures: LayerFigures, entries: [Int: [UInt8]]) {
        var entries: [Int: [UInt8]] = [:]
        let figures = try exactFigures(of: layer, composed, plan, in: shapes, cancellation) { part, tables, plan, weights in
            let encoded = try tables.encode(weights, plan: plan, cancellation: cancellation)
            entries[part.layer] = encoded.bytes
            return encoded.figures
        }
        return (figures, entries)
    }

    /// `count` gives the figures of a tensor that has an entry.
    private func exactFigures(
        of layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel, _ cancellation: CancellationToken?,
        count: (ComposedPart, LayerTables, LayerPlan, Tensor) throws -> LayerFigures
    ) throws -> LayerFigures {
        if composed.isUntouched {
            if plan.keepsWeights, tables(of: layer) == nil { return try .storedAndCounted(weights(of: layer)) }
            let tables = try preparedTables(of: layer, cancellation)
            let weights = try weights(of: layer).read()
            guard !plan.keepsWeights else {
                return try tables.exactFigures(for: plan.weightPlan(), weights: weights, cancellation: cancellation)
            }
            return try count(composed.parts[0], tables, plan.weightPlan(), weights)
        }
        guard let kernel = shapes.kernels[layer] else { preconditionFailure("layer \(layer) is of another model") }
        var original = tables(of: layer)?.figures(for: LayerPlan()) ?? .asStored(weights(of: layer))
        original.signalPower = try power(of: layer)
        if let ranks = composed.ranks { _ = try kernel.preparedFactors(ranks, cancellation) }
        let error = try structureError(kernel, composed.ranks)
        var parts: [PartEvaluation] = []
        for part in composed.parts {
            let plan = plan.weightPlan(for: part.role)
            let tensor = shapes.weights(of: part)
            if plan.keepsWeights {
                parts.append(PartEvaluation(part, try .storedAndCounted(tensor), hasEntry: false))
            } else {
                let tables = try preparedTables(of: part, of: composed, layer: layer, in: shapes, cancellation)
                parts.append(PartEvaluation(part, try count(part, tables, plan, tensor.read()), hasEntry: true))
            }
        }
        var squaredError = error.value + parts.reduce(0) { $0 + $1.figures.squaredError }
        if composed.ranks != nil, parts.contains(where: { $0.figures.squaredError > 0 }) {
            // Errors of factors do not add up: the kernel is put together again and compared.
            squaredError = try droppedPower(kernel) + (try reconstructionError(layer, composed, plan, in: shapes, kernel, cancellation))
        }
        return assembled(
            original, kernel, parts, structureError: error.value, squaredError: squaredError, hasFinalError: true,
            exactness: .exact)
    }

    /// Exact figures that tell what each coder would take of each tensor; nil where nothing is shared.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure` or a `FactorizationError`.
    public func compareCoders(
        of layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel,
        cancellation: CancellationToken? = nil
    ) throws -> LayerFigures? {
        for part in composed.parts {
            let plan = plan.weightPlan(for: part.role)
            guard plan.share != nil else { return nil }
            let tables = try preparedTables(of: part, of: composed, layer: layer, in: shapes, cancellation)
            let weights = composed.isUntouched ? weights(of: layer) : shapes.weights(of: part)
            _ = try tables.compareCoders(for: plan, weights: weights.read(), cancellation: cancellation)
        }
        return try exactFigures(of: layer, composed, plan, in: shapes, cancellation: cancellation)
    }

    /// Everything of the layers under plans, exactly; nil where a layer is refused.
    struct PartEvaluation {
        var part: ComposedPart
        var figures: LayerFigures
        /// Whether the tensor has an entry in the file rather than being stored as it is.
        var hasEntry: Bool

        init(_ part: ComposedPart, _ figures: LayerFigures, hasEntry: Bool) {
            self.part = part
            self.figures = figures
            self.hasEntry = hasEntry
        }
    }

    private func assembled(
        _ original: LayerFigures, _ kernel: Kernel, _ parts: [PartEvaluation], structureError: Double, squaredError: Double,
        hasFinalError: Bool, exactness: Exactness
    ) -> LayerFigures {
        LayerFigures(
            original: original, filteredBits: kernel.weights.byteCount * 8, structureError: structureError,
            squaredError: squaredError, hasFinalError: hasFinalError,
            parts: parts.map { (role: $0.part.role, shape: $0.part.shape, hasEntry: $0.hasEntry, figures: $0.figures) },
            exactness: exactness)
    }

    /// The squared error of dropping filters and of the factors, and whether it is more than what the refinement begins with.
    private func structureError(_ kernel: Kernel, _ ranks: Ranks?) throws -> (value: Double, isExact: Bool) {
        let dropped = try droppedPower(kernel)
        guard let ranks else { return (dropped, true) }
        if let refined = kernel.refined(ranks) { return (dropped + refined.squaredError, true) }
        guard let table = kernel.table else { return (dropped, false) }
        return (dropped + table.squaredError(ranks), false)
    }

    /// Σw² of what went with dropped channels.
    private func droppedPower(_ kernel: Kernel) throws -> Double {
        kernel.weights.count == weights(of: kernel.layer).count ? 0 : max(0, try power(of: kernel.layer) - kernel.power())
    }

    private func power(of layer: Int) throws -> Double {
        if let tables = tables(of: layer) { return tables.statistics.power }
        if let known = state.withLock({ $0.powers[layer] }) { return known }
        let power = try weights(of: layer).read().power
        state.withLock { $0.powers[layer] = power }
        return power
    }

    private func reconstructionError(
        _ layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, in shapes: ComposedModel, _ kernel: Kernel,
        _ cancellation: CancellationToken?
    ) throws -> Double {
        var tensors: [FactorRole: Tensor] = [:]
        for part in composed.parts {
            guard let role = part.role else { continue }
            tensors[role] = try values(of: part, composed, layer: layer, plan, in: shapes, cancellation)
        }
        guard let layout = kernel.layout, let ranks = composed.ranks else { return 0 }
        let approximation = restructuring.matrices(tensors, ofLayer: layer, layout: layout, ranks: ranks).reconstructed(layout)
        var error = 0.0
        try kernel.weights.read().forEachChunk { offset, chunk in
            for index in chunk.indices {
                let difference = Double(chunk[index]) - Double(approximation[offset + index])
                error += difference * difference
            }
        }
        return error
    }
}

// MARK: - Values

extension Composer {
    /// The values that the stages of single weights leave of one of the tensors in a layer's place, bit for bit what decoding
    /// the encoded tensor gives.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func values(
        of part: ComposedPart, _ composed: ComposedLayer, layer: Int, _ plan: LayerPlan, in shapes: ComposedModel,
        _ cancellation: CancellationToken? = nil
    ) throws -> Tensor {
        let plan = plan.weightPlan(for: part.role)
        let tensor = composed.isUntouched ? weights(of: layer) : shapes.weights(of: part)
        if plan.keepsWeights { return try tensor.read() }
        let partKey = PartKey(layer: layer, kernel: composed.kernel, ranks: composed.ranks, role: part.role)
        // How values are written does not change them.
        let key = ValueKey(part: partKey, plan: LayerPlan(prune: plan.prune, share: plan.share))
        if let known = state.withLock({ $0.values.use(key) }) { return known }
        let tables = try preparedTables(of: part, of: composed, layer: layer, in: shapes, cancellation)
        let made = try tables.values(for: plan, weights: tensor.read(), cancellation: cancellation)
        state.withLock { $0.values.insert(made, for: key, cost: made.byteCount) }
        return made
    }

    /// Visits the same values in order, in chunks, in the memory of one; they are not kept.
    public func forEachValue(
        of part: ComposedPart, _ composed: ComposedLayer, layer: Int, _ plan: LayerPlan, in shapes: ComposedModel,
        _ body: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        let plan = plan.weightPlan(for: part.role)
        let tensor = composed.isUntouched ? weights(of: layer) : shapes.weights(of: part)
        let tables = try preparedTables(of: part, of: composed, layer: layer, in: shapes, nil)
        try tables.forEachValue(for: plan, weights: tensor.read(), body)
    }
}
