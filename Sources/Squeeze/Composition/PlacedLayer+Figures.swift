import Basics
import Compression
import Factorization
import TensorCore

extension PlacedLayer {
    /// Everything of the layer under a plan, as far as it is known without another look at weights; what is not known is guessed
    /// from the plan, and marked as an estimate. Nil where the layer's own tables are still to come.
    ///
    /// - Throws: an `UnreadableTensor`.
    public func figures(_ plan: LayerPlan) throws -> LayerFigures? {
        guard let tables else { return nil }
        guard let kernel else { return tables.figures(for: plan.weightPlan()) }
        let error = try structureError(kernel)
        let parts = parts.map { part -> PartEvaluation in
            let plan = plan.weightPlan(for: part.role)
            if plan.keepsWeights { return PartEvaluation(part, .asStored(part.weights), hasEntry: false) }
            return PartEvaluation(part, part.tables?.figures(for: plan) ?? .guessed(plan, for: part.weights), hasEntry: true)
        }
        let weightError = parts.reduce(0) { $0 + $1.figures.squaredError }
        let isExact = parts.allSatisfy { $0.figures.exactness == .exact }
        return assembled(
            tables.figures(for: LayerPlan()), kernel, parts, structureError: error.value,
            squaredError: error.value + weightError,
            hasFinalError: error.isExact && (composed.ranks == nil || weightError == 0),
            exactness: isExact ? .exact : .estimated)
    }

    /// Everything of the layer under a plan, exactly; factors are refined and their weights read where that was not done yet.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure` or a `FactorizationError`.
    public func exactFigures(_ plan: LayerPlan, _ cancellation: CancellationToken? = nil) throws -> LayerFigures {
        try exactFigures(plan, cancellation) { _, tables, plan, weights in
            try tables.exactFigures(for: plan, weights: weights, cancellation: cancellation)
        }
    }

    /// The same, and the entries of the tensors in the layer's place as a compressed file holds them, by their places in the
    /// composed model's layers.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure`, a `FactorizationError` or an `UnreadableTensor`.
    public func encoded(
        _ plan: LayerPlan, _ cancellation: CancellationToken? = nil
    ) throws -> (figures: LayerFigures, entries: [Int: [UInt8]]) {
        var entries: [Int: [UInt8]] = [:]
        let figures = try exactFigures(plan, cancellation) { part, tables, plan, weights in
            let encoded = try tables.encode(weights, plan: plan, cancellation: cancellation)
            entries[part.place] = encoded.bytes
            return encoded.figures
        }
        return (figures, entries)
    }

    /// Everything of the layer where something else than its plan decided the values of the tensors in its place, which are all known:
    /// `tensors` has the figures of each by itself, and whether it has an entry in the file. The error is against the weights as they were opened.
    ///
    /// - Throws: an `UnreadableTensor`.
    public func figures(
        holding tensors: [(figures: LayerFigures, hasEntry: Bool)], _ values: (PlacedPart) throws -> Tensor
    ) throws -> LayerFigures {
        precondition(tensors.count == parts.count, "figures of \(tensors.count) tensors for \(parts.count)")
        let power = try composer.power(of: number)
        guard let kernel else {
            var figures = tensors[0].figures
            figures.signalPower = power
            figures.squaredError = try error(of: weights, values)
            return figures
        }
        var original = LayerFigures.asStored(weights)
        original.signalPower = power
        let evaluations = zip(parts, tensors).map { PartEvaluation($0, $1.figures, hasEntry: $1.hasEntry) }
        return assembled(
            original, kernel, evaluations, structureError: try structureError(kernel).value,
            squaredError: try droppedPower(kernel) + error(of: kernel.weights, values), hasFinalError: true, exactness: .exact)
    }

    /// Exact figures that tell what each coder would take of each tensor; nil where nothing is shared.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure` or a `FactorizationError`.
    public func compareCoders(_ plan: LayerPlan, _ cancellation: CancellationToken? = nil) throws -> LayerFigures? {
        for part in parts {
            let plan = plan.weightPlan(for: part.role)
            guard plan.share != nil else { return nil }
            let tables = try part.preparedTables(cancellation)
            _ = try tables.compareCoders(for: plan, weights: part.weights.read(), cancellation: cancellation)
        }
        return try exactFigures(plan, cancellation)
    }

    /// `count` gives the figures of a tensor that has an entry.
    private func exactFigures(
        _ plan: LayerPlan, _ cancellation: CancellationToken?,
        count: (PlacedPart, LayerTables, LayerPlan, Tensor) throws -> LayerFigures
    ) throws -> LayerFigures {
        guard let kernel else {
            if plan.keepsWeights, tables == nil { return try .storedAndCounted(weights) }
            let tables = try composer.preparedTables(of: number, cancellation)
            let weights = try weights.read()
            guard !plan.keepsWeights else {
                return try tables.exactFigures(for: plan.weightPlan(), weights: weights, cancellation: cancellation)
            }
            return try count(parts[0], tables, plan.weightPlan(), weights)
        }
        var original = tables?.figures(for: LayerPlan()) ?? .asStored(weights)
        original.signalPower = try composer.power(of: number)
        if let ranks = composed.ranks { _ = try kernel.preparedFactors(ranks, cancellation) }
        let error = try structureError(kernel)
        var parts: [PartEvaluation] = []
        for part in self.parts {
            let plan = plan.weightPlan(for: part.role)
            if plan.keepsWeights {
                parts.append(PartEvaluation(part, try .storedAndCounted(part.weights), hasEntry: false))
            } else {
                let tables = try part.preparedTables(cancellation)
                parts.append(PartEvaluation(part, try count(part, tables, plan, part.weights.read()), hasEntry: true))
            }
        }
        var squaredError = error.value + parts.reduce(0) { $0 + $1.figures.squaredError }
        if composed.ranks != nil, parts.contains(where: { $0.figures.squaredError > 0 }) {
            // Errors of factors do not add up: the kernel is put together again and compared.
            squaredError = try droppedPower(kernel) + reconstructionError(plan, kernel, cancellation)
        }
        return assembled(
            original, kernel, parts, structureError: error.value, squaredError: squaredError, hasFinalError: true,
            exactness: .exact)
    }

    private struct PartEvaluation {
        var part: PlacedPart
        var figures: LayerFigures
        /// Whether the tensor has an entry in the file rather than being stored as it is.
        var hasEntry: Bool

        init(_ part: PlacedPart, _ figures: LayerFigures, hasEntry: Bool) {
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
}

// MARK: - Errors

extension PlacedLayer {
    /// The squared error of dropping filters and of the factors, and whether it is more than what the refinement begins with.
    private func structureError(_ kernel: Kernel) throws -> (value: Double, isExact: Bool) {
        let dropped = try droppedPower(kernel)
        guard let ranks = composed.ranks else { return (dropped, true) }
        if let refined = kernel.refined(ranks) { return (dropped + refined.squaredError, true) }
        guard let table = kernel.table else { return (dropped, false) }
        // In the data's norm the part of the energy that is lost is a guess at the part of the weights' power.
        let scale = kernel.norm == nil || table.power == 0 ? 1 : try kernel.power() / table.power
        return (dropped + table.squaredError(ranks) * scale, false)
    }

    /// Σw² of what went with dropped channels.
    private func droppedPower(_ kernel: Kernel) throws -> Double {
        kernel.weights.count == weights.count ? 0 : max(0, try composer.power(of: number) - kernel.power())
    }

    /// The squared error of the factors that a plan leaves, put together again.
    private func reconstructionError(_ plan: LayerPlan, _ kernel: Kernel, _ cancellation: CancellationToken?) throws -> Double {
        guard composed.layout != nil else { return 0 }
        return try error(of: kernel.weights) { try $0.values(plan, cancellation) }
    }

    /// The squared error of what `values` in its parts come to, against `weights` of the shape that filters left.
    private func error(of weights: TensorSource, _ values: (PlacedPart) throws -> Tensor) throws -> Double {
        let approximation = try whole(values)
        var error = 0.0
        try weights.read().forEachChunk { offset, chunk in
            for index in chunk.indices {
                let difference = Double(chunk[index]) - Double(approximation[offset + index])
                error += difference * difference
            }
        }
        return error
    }
}
