import Basics
import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork

/// Looks for what of a network can go: the configuration that loses least within a budget.
///
/// Exact bytes and predicted losses of each layer's options make the whole front by one multiplier (`Front`). What is on it is run, losses
/// are corrected by what that says, and the front is made again. The same network, data and budget give the same configuration.
///
/// Not Sendable: one thread at a time has it.
public final class NetworkSearch {
    let composer: Composer
    private(set) var table: OptionTable
    private(set) var correction: Correction
    private var sizes: FileSizes
    let trials: any SearchTrials
    let cancellation: CancellationToken
    /// Tells how far it has come, in words.
    let tell: @Sendable (Double, String) -> Void
    /// Every configuration that was run on all samples, and its options.
    private(set) var measured: [FoundNetwork] = []
    /// Gets what is the best by then.
    var foundBetter: (FoundNetwork) -> Void = { _ in }
    /// What may be changed.
    public var scope: SearchScope { table.scope }
    /// Runs so far.
    public private(set) var runs = 0

    /// Works out the options of all layers that may be changed.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read or the data does not fit.
    public init(
        _ composer: Composer, _ importance: NetworkImportance, _ scope: SearchScope, stages: Set<SearchStage>, trials: any SearchTrials,
        cancellation: CancellationToken, progress: @escaping @Sendable (Double, String) -> Void
    ) throws {
        self.composer = composer
        self.trials = trials
        self.cancellation = cancellation
        tell = progress
        try composer.know(importance, for: stages, cancellation)
        table = try OptionTable(composer, importance, scope, stages: stages, cancellation: cancellation) {
            progress($0, "looking at what layers can lose")
        }
        correction = Correction(units: table.units.count)
        sizes = FileSizes(composer)
    }
}

// MARK: - Choosing

extension NetworkSearch {
    /// Costs and losses of all options, as corrected by now.
    func points(_ price: SearchPrice) -> [[(cost: Int, loss: Double)]] { table.points(price, correction.factor) }

    /// What a choice comes to.
    func network(_ choice: [Int]) throws -> FoundNetwork {
        let plans = table.plans(choice)
        let account = try sizes.account(plans, table.figures(choice), cancellation)
        let chosen = choice.enumerated().map { (unit: $0, option: table.options[$0][$1]) }
        return FoundNetwork(
            plans: plans, byteCount: account.compressedByteCount, macs: chosen.reduce(0) { $0 + $1.option.macs },
            predicted: chosen.reduce(0) { $0 + $1.option.loss * correction.factor($1.unit, $1.option) })
    }

    /// The choice that is expected to lose least with so many bytes of the file, or multiply-accumulates; nil where there is none.
    func choice(_ price: SearchPrice, within limit: Int) throws -> [Int]? {
        let points = points(price)
        guard price == .bytes else { return Front.choice(points, within: limit) }
        let front = Front(points)
        let least = try network(front.choice(after: front.steps.count))
        guard least.byteCount <= limit else { return nil }
        // What is no layer takes about as much whatever the choice; recipes differ by a few bytes.
        var beside = least.byteCount - (front.points.last?.cost ?? 0)
        var best: [Int]?
        for _ in 0..<Self.sizings {
            guard let choice = Front.choice(points, within: limit - beside) else {
                beside -= 16
                continue
            }
            let size = try network(choice).byteCount
            guard size > limit else {
                best = choice
                break
            }
            beside += max(1, size - limit)
        }
        return try best ?? coarser(front, within: limit)
    }

    /// The first point of the front whose whole file keeps to a limit, found by halving; its last one does.
    private func coarser(_ front: Front, within limit: Int) throws -> [Int] {
        var (beyond, kept) = (0, front.steps.count)
        while kept - beyond > 1 {
            let middle = (beyond + kept) / 2
            if try network(front.choice(after: middle)).byteCount <= limit { kept = middle } else { beyond = middle }
        }
        return front.choice(after: kept)
    }

    private static let sizings = 12

    /// The cheapest that the options come to.
    public func cheapest(_ price: SearchPrice) throws -> FoundNetwork {
        let front = Front(points(price))
        return try network(front.choice(after: front.steps.count))
    }

    /// Works out more settings near those of a choice.
    func refine(near choice: [Int]) throws {
        let wanted = choice.enumerated().flatMap { unit, option in
            OptionGrid.neighbours(of: table.options[unit][option].plan).map { (unit, $0) }
        }
        try table.add(wanted, cancellation) { [tell] in tell($0, "looking closer") }
    }
}

// MARK: - Measuring

extension NetworkSearch {
    /// Runs a choice.
    func report(_ choice: [Int], on samples: TrialSamples) throws -> QualityReport {
        try cancellation.check()
        runs += 1
        return try trials.measure(table.plans(choice), on: samples, cancellation: cancellation)
    }

    /// Runs a choice on all samples, and notes it.
    func measure(_ choice: [Int]) throws -> FoundNetwork {
        var found = try network(choice)
        if let known = measured.first(where: { $0.plans == found.plans }) {
            found.report = known.report
            return found
        }
        found.report = try report(choice, on: .all)
        measured.append(found)
        return found
    }

    /// Takes corrections.
    func correct(_ change: (inout Correction) -> Void) { change(&correction) }
}
