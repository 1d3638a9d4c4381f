import Basics
import Compression
import NeuralNetwork

/// Tries how much of what is to go should go as filters, and how much by the other stages: a few levels, then between the best and its neighbours.
public struct FilterLevels {
    private let ladder: FilterLadder
    private let budget: SearchBudget
    /// Levels still to be tried of those to begin with, as shares of the cost that filters save.
    private var planned: [Double]
    private var tried: [(level: Double, outcome: Result<FoundNetwork, BudgetOutOfReach>)] = []
    /// How many levels are tried between the best and its neighbours.
    private var refinements = 2

    /// `others`: whether there are stages beside filters; otherwise they alone must keep to the budget.
    public init(_ ladder: FilterLadder, _ budget: SearchBudget, _ model: Model, others: Bool) {
        self.ladder = ladder
        self.budget = budget
        switch budget {
        case .macs(let limit):
            let share = max(0, 1 - Double(limit) / Double(max(1, model.macs.count ?? 1)))
            planned = others ? [0, share / 3, 2 * share / 3, share] : [share]
        case .bytes, .loss: planned = others ? [0, 0.1, 0.25, 0.45] : [0.05, 0.15, 0.3, 0.5, 0.7]
        }
        if ladder.isEmpty { planned = [0] }
        if case .macs = budget, !others { refinements = 0 }
    }
}

extension FilterLevels {
    /// The level to try next; nil where enough is known.
    public var next: Double? {
        if let first = planned.first { return first }
        guard refinements > 0, let best = tried.min(by: isBetter)?.level else { return nil }
        // Where it is best that no filters go, one look beside that is enough.
        if best == 0, refinements < 2 { return nil }
        let below = tried.map(\.level).filter { $0 < best }.max()
        let above = tried.map(\.level).filter { $0 > best }.min()
        // The wider gap first.
        let gaps = [below.map { ($0 + best) / 2 }, above.map { ($0 + best) / 2 }].compactMap(\.self)
        return gaps.max { abs($0 - best) < abs($1 - best) }.flatMap { abs($0 - best) > 0.01 ? $0 : nil }
    }

    /// The plans by which filters save so much: what they save together is another sum than what they save one by one.
    public func plans(at level: Double, _ cancellation: CancellationToken) throws -> [LayerPlan] {
        var (low, high) = (0.0, level > 0 ? 1.0 : 0.0)
        while high - low > 1e-3 {
            let middle = (low + high) / 2
            if try ladder.cost(of: ladder.plans(saving: middle), budget.price, cancellation) > 1 - level { low = middle } else { high = middle }
        }
        return ladder.plans(saving: high)
    }

    /// Notes what a level came to.
    public mutating func add(_ network: FoundNetwork, at level: Double) { note(.success(network), at: level) }

    /// Notes that nothing kept to the budget.
    public mutating func add(_ outOfReach: BudgetOutOfReach, at level: Double) { note(.failure(outOfReach), at: level) }

    private mutating func note(_ outcome: Result<FoundNetwork, BudgetOutOfReach>, at level: Double) {
        if planned.isEmpty { refinements -= 1 } else { planned.removeFirst() }
        // Beyond a level that is worse than a lower one it only becomes worse: each takes as long as a whole search.
        let isWorse = tried.contains { isBetter($0, (level, outcome)) }
        if case .success = outcome, isWorse { planned = [] }
        tried.append((level, outcome))
    }

    /// The best of all levels, or the nearest to the budget.
    public var best: Result<FoundNetwork, BudgetOutOfReach> {
        guard let best = tried.min(by: isBetter)?.outcome else { preconditionFailure("no level was tried") }
        return best
    }

    /// Whether a network is better than what all levels before came to.
    public func isBest(_ network: FoundNetwork) -> Bool {
        guard case .success(let best)? = tried.min(by: isBetter)?.outcome else { return true }
        return isBetter(network, best)
    }

    private func isBetter(_ left: FoundNetwork, _ right: FoundNetwork) -> Bool {
        if case .loss = budget { return left.byteCount < right.byteCount }
        return left.measured ?? .infinity < right.measured ?? .infinity
    }

    private func isBetter(
        _ left: (level: Double, outcome: Result<FoundNetwork, BudgetOutOfReach>), _ right: (level: Double, outcome: Result<FoundNetwork, BudgetOutOfReach>)
    ) -> Bool {
        switch (left.outcome, right.outcome) {
        case (.success(let left), .success(let right)): isBetter(left, right)
        case (.success, .failure): true
        case (.failure, .success): false
        case (.failure(let left), .failure(let right)): left.cheapest.cost(in: budget.price) < right.cheapest.cost(in: budget.price)
        }
    }
}
