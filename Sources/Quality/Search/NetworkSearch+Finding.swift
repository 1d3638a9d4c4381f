import Basics
import Composition
import Compression
import Evaluation
import Glibc
import Importance

/// Why a budget cannot be met.
public struct BudgetOutOfReach: Error, Sendable {
    /// The cheapest that the stages come to.
    public let cheapest: FoundNetwork

    /// Names it.
    public init(cheapest: FoundNetwork) { self.cheapest = cheapest }
}

extension NetworkSearch {
    /// Finds what loses least within a budget. `found` gets what is the best by then, each time that something better was measured.
    ///
    /// - Throws: `Cancelled`, `BudgetOutOfReach`, or where the network cannot be run.
    public func find(_ budget: SearchBudget, seed: UInt64 = 0, found: @escaping (FoundNetwork) -> Void = { _ in }) throws -> FoundNetwork {
        foundBetter = found
        switch budget {
        case .bytes(let limit), .macs(let limit): return try find(budget.price, within: limit, seed: seed)
        case .loss(let most): return try find(losing: most, seed: seed)
        }
    }

    /// A choice within a limit, with settings near it looked at.
    private func closeChoice(_ price: SearchPrice, within limit: Int) throws -> [Int]? {
        guard let rough = try choice(price, within: limit) else { return nil }
        try refine(near: rough)
        return try choice(price, within: limit)
    }

    /// What loses least with so many bytes, or multiply-accumulates, as it is foretold: nothing is run. Nil where there is none.
    public func foretold(_ price: SearchPrice, within limit: Int) throws -> FoundNetwork? { try choice(price, within: limit).map(network) }

    private func find(_ price: SearchPrice, within limit: Int, seed: UInt64) throws -> FoundNetwork {
        guard var chosen = try closeChoice(price, within: limit) else { throw BudgetOutOfReach(cheapest: try cheapest(price)) }
        tell(0, "measuring")
        var best = try measure(chosen)
        foundBetter(best)
        // Of layers that cannot be otherwise there is nothing to learn.
        guard table.options.contains(where: { $0.count > 1 }) else { return best }
        let most = runs + 3 * table.units.count
        for _ in 0..<2 where runs + table.units.count < most {
            try learn(at: chosen)
            guard let next = try closeChoice(price, within: limit), next != chosen else { break }
            let network = try measure(next)
            guard let before = best.report, let after = network.report, after.losesNoMore(than: before),
                PairedDistances(after.distances, minus: before.distances).mean < 0
            else { break }
            (chosen, best) = (next, network)
            foundBetter(best)
        }
        return try move(from: chosen, best, price, within: limit, tries: min(table.units.count, most - runs) / 2, seed: seed).network
    }

    /// The smallest that loses no more than so much.
    private func find(losing most: Double, seed: UInt64) throws -> FoundNetwork {
        var best = try smallest(losing: most)
        foundBetter(best)
        for _ in 0..<2 {
            guard let chosen = try closeChoice(.bytes, within: best.byteCount) else { break }
            try learn(at: chosen)
            let next = try smallest(losing: most)
            guard next.byteCount < best.byteCount else { break }
            best = next
            foundBetter(best)
        }
        return best
    }

    /// The point of the front with the fewest bytes that was measured to lose no more, found by halving.
    private func smallest(losing most: Double) throws -> FoundNetwork {
        let front = Front(points(.bytes))
        // Before the first step nothing is changed but what was decided before.
        var (low, high) = (0, front.steps.count)
        var best: FoundNetwork?
        while low < high {
            let middle = (low + high + 1) / 2
            tell(1 - Double(high - low) / Double(front.steps.count + 1), "measuring along the front")
            let network = try measure(front.choice(after: middle))
            if (network.report?.lostShare ?? .infinity) <= most { (low, best) = (middle, network) } else { high = middle - 1 }
        }
        if let best { return best }
        let start = try measure(front.start)
        guard (start.report?.lostShare ?? .infinity) <= most || scope.base.allSatisfy({ $0 == LayerPlan() }) else { throw BudgetOutOfReach(cheapest: start) }
        return start
    }
}

// MARK: - The front

extension NetworkSearch {
    /// The whole front, from the largest to the smallest, in at most so many points with about equal ratios between them, and among them all
    /// that was measured.
    public func front(_ price: SearchPrice, points most: Int = 64) throws -> [FoundNetwork] {
        let front = Front(points(price))
        let costs = front.points.map { Double(max(1, $0.cost)) }
        guard let first = costs.first, let last = costs.last else { return [] }
        var networks = measured
        var taken = -1
        for place in 0..<most {
            let wanted = first * pow(last / first, Double(place) / Double(max(1, most - 1)))
            guard let step = costs.firstIndex(where: { $0 <= wanted * 1.000_001 }), step > taken else { continue }
            taken = step
            let network = try network(front.choice(after: step))
            if !networks.contains(where: { $0.plans == network.plans }) { networks.append(network) }
        }
        return networks.sorted { ($0.cost(in: price), $0.byteCount) > ($1.cost(in: price), $1.byteCount) }
    }
}

/// For whoever only wants to know what is foretold.
private struct NoTrials: SearchTrials {
    func measure(_ plans: [LayerPlan], on samples: TrialSamples, cancellation: CancellationToken) throws -> QualityReport {
        throw EvaluationError("nothing is run to foretell")
    }
}

extension NetworkSearch {
    /// The whole front of a network from the largest to the smallest, as it is foretold: nothing is run.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read.
    public static func foretoldFront(
        of composer: Composer, _ importance: NetworkImportance, _ price: SearchPrice, stages: Set<SearchStage>, cancellation: CancellationToken,
        progress: @escaping @Sendable (Double) -> Void
    ) throws -> [FoundNetwork] {
        let search = try NetworkSearch(
            composer, importance, SearchScope(of: composer.model), stages: stages, trials: NoTrials(), cancellation: cancellation
        ) { fraction, _ in progress(fraction) }
        return try search.front(price)
    }
}
