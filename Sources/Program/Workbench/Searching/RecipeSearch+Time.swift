import Basics
import Compression
import Evaluation
import Glibc
import Search

extension RecipeSearch {
    /// Finds a configuration; `found` gets the best by then.
    ///
    /// Which multiply-accumulates take how long depends on the machine and on the shapes of layers, so a limit of time is met by trying limits of
    /// multiply-accumulates, timed each time beside the original: first with what is foretold, then with what the search finds.
    ///
    /// - Throws: `Cancelled`, `BudgetOutOfReach`, `TimeOutOfReach`, or where the network cannot be run.
    public func find(_ goal: SearchGoal, seed: UInt64, found: @escaping (FoundNetwork) -> Void = { _ in }) throws -> FoundNetwork {
        switch goal {
        case .budget(let budget): return try find(budget, seed: seed, found: found)
        case .time(let limit):
            guard let count = composer.model.macs.count, count > 0 else {
                throw EvaluationError("\(composer.model.name): its multiply-accumulates are not known, so nothing says what takes time")
            }
            return try find(taking: limit, of: count, seed: seed, found: found)
        }
    }

    /// How near to a time is near enough, in logarithms: timings differ by about as much.
    private static let tolerance = 0.03
    private static let mostTimings = 6
    /// Whole searches.
    private static let mostSearches = 3

    private func find(
        taking limit: TimeLimit, of count: Int, seed: UInt64, found: @escaping (FoundNetwork) -> Void
    ) throws -> FoundNetwork {
        let whole = scope.base
        func excess(_ plans: [LayerPlan]) throws -> (excess: Double, original: Double, changed: Double) {
            let seconds = try seconds(plans)
            return (log(max(seconds.changed, 1e-9) / max(limit.seconds(of: seconds.original), 1e-9)), seconds.original, seconds.changed)
        }
        let start = try excess(whole)
        var number = log(Double(count)) - max(0, start.excess)
        if stages.contains(.ranks) { number = try foretoldLimit(from: number, within: count) { try excess($0).excess } }
        var line = LineSearch(slope: 1, tolerance: Self.tolerance, most: Self.mostSearches)
        var best: FoundNetwork?
        var fastest = start.changed
        var next: Double? = number
        while let current = next {
            let network = try find(.macs(min(count, Int(exp(current)))), seed: seed)
            let timed = try excess(network.plans)
            fastest = min(fastest, timed.changed)
            line.add(current, excess: timed.excess)
            if timed.excess <= 0, best.map({ network.macs > $0.macs }) ?? true {
                best = network
                found(network)
            }
            next = current >= log(Double(count)) && timed.excess <= 0 ? nil : line.next
        }
        guard let best else { throw TimeOutOfReach(original: start.original, fastest: fastest) }
        return best
    }

    /// The logarithm of the multiply-accumulates that what is foretold may have to take no longer.
    private func foretoldLimit(from start: Double, within count: Int, _ excess: ([LayerPlan]) throws -> Double) throws -> Double {
        var line = LineSearch(slope: 1, tolerance: Self.tolerance, most: Self.mostTimings)
        var kept: Double?
        var next: Double? = start
        while let current = next {
            guard let plans = try foretoldPlans(macs: min(count, Int(exp(current)))) else { break }
            let beyond = try excess(plans)
            line.add(current, excess: beyond)
            if beyond <= 0, kept.map({ current > $0 }) ?? true { kept = current }
            next = line.next
        }
        return kept ?? start
    }
}
