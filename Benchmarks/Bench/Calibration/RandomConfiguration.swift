import Basics
import Composition
import Compression
import Glibc
import Importance

/// A configuration whose layers are changed in ways that are drawn from a seed, so far that about a given loss is predicted of it.
struct RandomConfiguration {
    let plans: [LayerPlan]
    /// What is predicted of each layer; nil where nothing is.
    let losses: [PredictedLoss?]

    /// What may be done to a layer.
    private enum Change: CaseIterable {
        case prune, clusters, grid, trellis, pruneAndClusters, ranks, ranksAndClusters
    }

    /// - Throws: where weights cannot be read.
    init(of composer: Composer, _ importance: NetworkImportance, losing wanted: Double, random: inout SeededRandom) throws {
        // Now and then one change for all layers.
        let common = Double.random(in: 0..<1, using: &random) < 0.4 ? Change.allCases.randomElement(using: &random) : nil
        let share = exp(Double.random(in: log(0.1)...0, using: &random))
        let draws = composer.model.layers.indices.map { layer -> (change: Change, strength: Double)? in
            guard let change = common ?? Change.allCases.randomElement(using: &random), Double.random(in: 0..<1, using: &random) < share,
                importance.layers[layer] != nil
            else { return nil }
            return (change, Double.random(in: 0.3...1, using: &random))
        }
        let whole = try composer.compose(composer.model.layers.map { _ in LayerPlan() }, patience: .thorough)
        let deviations = try whole.placedLayers.map { layer -> Double in
            guard layer.refusal == nil, let statistics = try layer.parts.first?.preparedTables().statistics else { return 0 }
            return (statistics.power / Double(max(1, statistics.count))).squareRoot()
        }
        var (low, high) = (0.0, 1.0)
        var best: (plans: [LayerPlan], losses: [PredictedLoss?]) = ([], [])
        for _ in 0..<7 {
            let middle = (low + high) / 2
            let plans = draws.enumerated().map { layer, draw in
                draw.map { Self.plan($0.change, $0.strength * middle, deviation: deviations[layer]) } ?? LayerPlan()
            }
            let losses = try Self.losses(of: plans, composer, importance)
            best = (plans, losses)
            if losses.reduce(0, { $0 + ($1?.value ?? 0) }) < wanted { low = middle } else { high = middle }
        }
        (plans, losses) = best
    }

    private static func losses(of plans: [LayerPlan], _ composer: Composer, _ importance: NetworkImportance) throws -> [PredictedLoss?] {
        let shapes = try composer.compose(plans, patience: .thorough)
        return try shapes.placedLayers.enumerated().map { layer, placed in
            guard placed.refusal == nil, !plans[layer].keepsWeights || !placed.composed.isUntouched else { return nil }
            return try importance.loss(of: placed, plans[layer])
        }
    }

    private static func plan(_ change: Change, _ strength: Double, deviation: Double) -> LayerPlan {
        let sparsity = PruneRule.sparsity(0.98 * strength)
        let clusters = SharePlan(clusters: max(1, Int(exp2(10 * (1 - strength)))), method: .density)
        let step = max(deviation, 1e-6) * exp2(8 * strength - 6)
        let energy = FactorRule.energy(max(0.2, 1 - 0.8 * strength * strength * strength))
        return switch change {
        case .prune: LayerPlan(prune: sparsity)
        case .clusters: LayerPlan(share: clusters)
        case .grid: LayerPlan(share: SharePlan(step: step, method: .entropy))
        case .trellis: LayerPlan(share: SharePlan(step: step, method: .trellis))
        case .pruneAndClusters: LayerPlan(prune: sparsity, share: SharePlan(clusters: Int(exp2(9 - 4 * strength)), method: .density))
        case .ranks: LayerPlan(factorize: energy)
        case .ranksAndClusters: LayerPlan(factorize: energy, share: SharePlan(clusters: Int(exp2(9 - 4 * strength)), method: .density))
        }
    }
}
