import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Glibc
import NeuralNetwork
import Recipes
import Reconstruction
import Search

/// Searches among networks whose weights are fitted once they were chosen: each takes long to make, so they are tried along one number.
struct FittedSearch {
    let composer: Composer
    let calibration: Calibration
    let data: DataChoice
    let trials: RememberingTrials
    let cancellation: CancellationToken
    let progress: @Sendable (Double, String) -> Void
    /// The configuration that a number stands for.
    let plans: (Double) throws -> [LayerPlan]
    /// Where to begin, and about how the logarithms of bytes and of loss change with the number.
    let start: Double
    let slope: (bytes: Double, loss: Double)

    /// Everything that was made.
    private(set) var made: [FoundNetwork] = []
    /// The best of them, and the last one: to fit one again takes long.
    private(set) var best: RecipeNetwork?
    private var last: RecipeNetwork?

    /// How near to a budget is near enough, in logarithms.
    private static let tolerance = (bytes: 0.01, loss: 0.15)
    /// Losses below this are told apart no more.
    private static let leastLoss = 1e-4

    init(
        _ composer: Composer, _ calibration: Calibration, _ data: DataChoice, _ trials: RememberingTrials, _ cancellation: CancellationToken,
        progress: @escaping @Sendable (Double, String) -> Void, start: Double, slope: (bytes: Double, loss: Double),
        plans: @escaping (Double) throws -> [LayerPlan]
    ) {
        (self.composer, self.calibration, self.data, self.trials) = (composer, calibration, data, trials)
        (self.cancellation, self.progress, self.plans, self.start, self.slope) = (cancellation, progress, plans, start, slope)
    }

    /// The network nearest to a budget; nil where all that were tried are beyond it.
    mutating func find(_ budget: SearchBudget, found: (FoundNetwork) -> Void) throws -> FoundNetwork? {
        let isLoss = if case .loss = budget { true } else { false }
        var line = LineSearch(
            slope: isLoss ? slope.loss : slope.bytes, tolerance: isLoss ? Self.tolerance.loss : Self.tolerance.bytes)
        var number: Double? = start
        var best: FoundNetwork?
        while let current = number {
            let network = try make(plans(current))
            let excess = excess(of: network, budget)
            line.add(current, excess: excess)
            if excess <= 0, best.map({ isLoss ? network.byteCount < $0.byteCount : network.byteCount > $0.byteCount }) ?? true {
                best = network
                self.best = last
                found(network)
            }
            if case .macs = budget { break }
            number = line.next
        }
        return best
    }

    private func excess(of network: FoundNetwork, _ budget: SearchBudget) -> Double {
        switch budget {
        case .bytes(let limit): log(Double(network.byteCount) / Double(limit))
        case .macs: 0
        case .loss(let most):
            log(max(network.report?.lostShare ?? .infinity, Self.leastLoss) / max(most, Self.leastLoss))
        }
    }

    /// Fits a network, counts and runs it.
    private mutating func make(_ plans: [LayerPlan]) throws -> FoundNetwork {
        let count = made.count + 1
        if let known = made.first(where: { $0.plans == plans }) { return known }
        last = nil
        let key = try SearchJournal.key(plans, of: composer.model, on: .all, isFitted: true)
        if let entry = trials.journal?.entry(key), let known = entry.made {
            let found = FoundNetwork(plans: plans, byteCount: known.byteCount, macs: known.macs, predicted: nil, report: entry.outcome)
            made.append(found)
            return found
        }
        let network = try RecipeNetwork(
            with: composer, plans: plans, calibration: calibration, data: data, cancellation: cancellation
        ) { [progress] in progress($0, "network \(count): fitting \($1)") }
        progress(1, "network \(count): counting")
        let account = try network.estimate().account
        progress(1, "network \(count): measuring")
        let (measurable, shapes) = try network.measurable(number: count, cancellation: cancellation) { layer, failure in
            network.composer.refuse(layer, reason: message(for: failure))
        }
        let report = try trials.trials.measure(measurable.configuration, on: .all, cancellation: cancellation)
        let found = FoundNetwork(
            plans: plans, byteCount: account.compressedByteCount, macs: shapes.model.macs.count ?? 0, predicted: nil, report: report)
        try trials.journal?.note(report, made: .init(byteCount: found.byteCount, macs: found.macs), as: key)
        made.append(found)
        last = network
        return found
    }
}

extension ReconstructRule {
    /// Samples that say enough of a network, within what its cost allows, and no more than half of those there are.
    static func sought(for model: Model, _ data: DataSet?) -> ReconstructRule {
        let cost = max(1, model.macs.count ?? 1)
        let affordable = min(512, max(64, 200_000_000_000 / cost))
        let there = data?.inputs(of: model).map { max(1, $0.drawableCount / 2) } ?? affordable
        return ReconstructRule(samples: min(affordable, there), ridge: 0.001)
    }
}
