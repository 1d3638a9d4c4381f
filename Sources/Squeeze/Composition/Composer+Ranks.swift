import Basics
import Compression
import Factorization
import Structure

extension Composer {
    /// The ranks that a rule comes to, or why there are none.
    struct RankChoice {
        var ranks: Ranks?
        var basis = KernelBasis.weights
        var isAwaited = false
        var objection: String?
    }

    /// Works out the spectra of the layers that are to be split, side by side.
    func prepareTables(_ plans: [LayerPlan], _ kept: KeptChannels, _ cancellation: CancellationToken?) throws {
        let kernels = plans.indices.compactMap { layer -> Kernel? in
            guard let rule = plans[layer].factorize, restructuring.factorObstacle(ofLayer: layer) == nil,
                let basis = basis(rule.norm, of: layer)
            else { return nil }
            let kernel = kernel(layer, kept, rule.ranks == .automatic ? .weights : basis)
            return kernel.layout == nil || kernel.table != nil ? nil : kernel
        }
        try Workers.available.run(costs: kernels.map(\.weights.byteCount), within: LayerBudget.underWay) { index in
            do { _ = try kernels[index].preparedTable(cancellation) } catch is FactorizationError {
                // A reason to leave the layer whole, which is found again where that is decided.
            }
        }
    }

    func choice(
        _ rule: FactorRule, _ layer: Int, _ kept: KeptChannels, _ patience: Patience, _ cancellation: CancellationToken?
    ) throws -> RankChoice {
        if let obstacle = restructuring.factorObstacle(ofLayer: layer) { return RankChoice(objection: obstacle) }
        guard let basis = basis(rule.norm, of: layer) else { return RankChoice(isAwaited: true) }
        // Noise is told from signal in the weights alone.
        let kernel = kernel(layer, kept, rule.ranks == .automatic ? .weights : basis)
        guard let layout = kernel.layout else { return RankChoice(objection: "it is no stack of kernels") }
        do {
            if patience == .thorough { _ = try kernel.preparedTable(cancellation) }
        } catch let error as FactorizationError {
            return RankChoice(objection: error.description)
        }
        let full = layout.isMatrix ? Ranks(min(layout.out, layout.in)) : Ranks(out: layout.out, in: layout.in)
        let ranks: Ranks
        switch rule.ranks {
        case .automatic:
            guard let automatic = kernel.automaticRanks else { return RankChoice(isAwaited: true) }
            guard automatic.isWorthwhile else {
                return RankChoice(objection: "factors of the automatic ranks would be larger than the layer")
            }
            ranks = automatic.ranks
        case .energy(let part):
            guard let table = kernel.table else { return RankChoice(isAwaited: true) }
            ranks = table.leastRanks(keeping: part)
            guard layout.factorCount(ranks) < layout.count else {
                return RankChoice(objection: "factors that keep that much energy would be larger than the layer")
            }
        case .tucker(let out, let `in`):
            ranks = layout.isMatrix ? Ranks(min(out, `in`, full.out)) : Ranks(out: min(out, full.out), in: min(`in`, full.in))
        case .rank(let rank):
            ranks = layout.isMatrix ? Ranks(min(rank, full.out)) : Ranks(out: min(rank, full.out), in: min(rank, full.in))
        }
        guard ranks != full, refusal(of: layer) == nil else { return RankChoice() }
        // Factors are promised here and made later, so the weights must be known to be finite.
        let isFinite = kernel.table != nil || tables(of: layer).map { $0.statistics.power < 1e69 } ?? false
        return isFinite ? RankChoice(ranks: ranks, basis: basis) : RankChoice(isAwaited: true)
    }
}
