import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Glibc
import Importance
import NeuralNetwork
import Recipes
import Reconstruction
import Search

/// Searches for the recipe of a model that loses least within a budget, and judges what was found by samples that nothing was chosen by.
///
/// Where weights are fitted, values alone are shared at one price of a bit in all layers, which is the best division of bits there; other stages
/// are divided by what is predicted.
public final class RecipeSearch {
    public let composer: Composer
    public let data: DataChoice
    public let stages: Set<SearchStage>
    /// What may be changed.
    public let scope: SearchScope
    /// How samples are divided.
    public let samples: SearchSamples
    /// How what is left is fitted; nil where it is not.
    public let reconstruct: Calibration?
    private let opened: DataSet?
    private let trials: RememberingTrials
    private let meters: MeterSource
    private let cancellation: CancellationToken
    private let progress: @Sendable (Double, String) -> Void
    private var search: NetworkSearch?
    private var weighed: NetworkImportance?
    /// Of searches that went before `search`.
    private var runsBefore = 0
    private var fitted: [FoundNetwork] = []
    private var made: RecipeNetwork?

    /// Opens the data. Without a `scope` all layers may be changed; with `reconstructs` the recipe that is found has the weights that are left fitted. What is measured is
    /// noted in the file `checkpoint`; with `resumes` what it knows already is not measured again.
    ///
    /// - Throws: where the network cannot be run on the data, or nothing is left to search among.
    public init(
        _ composer: Composer, data choice: DataChoice, stages: Set<SearchStage>, scope: SearchScope? = nil, reconstructs: Bool, meters: MeterSource,
        checkpoint: String? = nil,
        resumes: Bool = false, cancellation: CancellationToken, progress: @escaping @Sendable (Double, String) -> Void
    ) throws {
        let model = composer.model
        (self.composer, self.stages, self.meters, data) = (composer, stages, meters, choice)
        (self.cancellation, self.progress) = (cancellation, progress)
        self.scope = scope ?? SearchScope(of: model)
        opened = try choice.openToChoose(by: model)
        guard !self.scope.isEmpty else { throw EvaluationError("all layers of \(model.name) keep what they have: nothing is left to search among") }
        let rule = reconstructs ? ReconstructRule.sought(for: model, opened) : nil
        // Generators learn from random latents, whatever images they are compared with.
        reconstruct = try rule.map { try Calibration($0, on: choice, of: model) }
        samples = try SearchSamples(of: model, opened, reconstruct: rule)
        let journal = try checkpoint.map { [opened, samples] in
            try SearchJournal($0, of: Self.identity(model, opened, samples, rule), resumes: resumes)
        }
        trials = RememberingTrials(trials: try ChoosingTrials(composer, opened, samples), model: model, journal: journal)
    }

    /// What measurements depend on, whatever the budget: the model, the data, and which samples do what.
    private static func identity(_ model: Model, _ data: DataSet?, _ samples: SearchSamples, _ rule: ReconstructRule?) throws -> String {
        let seen = data.map { LearningRecord(of: $0, SampleDraw(16, seed: 0)) }
        let digest = try LearningRecord.digest(of: model)
        let (place, trial) = (samples.choosing.map { "\($0)" } ?? "random", samples.trial)
        return "\(digest) \(seen?.sha256 ?? "latents") \(seen?.of ?? 0) \(place) \(trial.few) \(trial.all) fitted to \(rule?.samples ?? 0)"
    }

    /// How many configurations were run.
    public var runs: Int { runsBefore + (search?.runs ?? 0) + fitted.count }

    /// How a recipe was found, as it says itself: `for 60,000 bytes by share on cifar10-train.yaml, seed 0`.
    public func note(of budget: String, seed: UInt64, isWhole: Bool) -> String {
        let kept = scope.kept.isEmpty ? "" : ", \(scope.kept.count) of \(scope.base.count) layers decided before"
        let names = stages.sorted().map(\.rawValue).joined(separator: ", ")
        let place = data.path.map(fileName) ?? (samples.choosing == nil ? "random latents" : "the demo's digits")
        return "for \(budget) by \(names) on \(place)\(kept), seed \(seed)\(isWhole ? "" : ", interrupted")"
    }

    /// Finds a configuration; `found` gets the best by then.
    ///
    /// - Throws: `Cancelled`, `BudgetOutOfReach`, or where the network cannot be run.
    public func find(_ budget: SearchBudget, seed: UInt64, found: @escaping (FoundNetwork) -> Void = { _ in }) throws -> FoundNetwork {
        guard stages.contains(.filters) else { return try find(budget, on: scope, seed: seed, found: found) }
        let ladder = try FilterLadder(composer, importance(), budget.price, scope, cancellation: cancellation)
        var levels = FilterLevels(ladder, budget, composer.model, others: !stages.subtracting([.filters]).isEmpty)
        while let level = levels.next {
            let base = scope.on(try levels.plans(at: level, cancellation))
            let known = levels
            do {
                let network = try find(budget, on: base, seed: seed) { if known.isBest($0) { found($0) } }
                levels.add(network, at: level)
            } catch let outOfReach as BudgetOutOfReach {
                levels.add(outOfReach, at: level)
            }
        }
        return try levels.best.get()
    }

    /// Finds a configuration within a scope.
    private func find(
        _ budget: SearchBudget, on scope: SearchScope, seed: UInt64, found: @escaping (FoundNetwork) -> Void
    ) throws -> FoundNetwork {
        guard let reconstruct else { return try foretelling(on: scope).find(budget, seed: seed, found: found) }
        var fitting = try fitting(reconstruct, budget, on: scope)
        defer { fitted += fitting.made.filter { made in !fitted.contains { $0.plans == made.plans } } }
        if let best = try fitting.find(budget, found: found) {
            if let network = fitting.best { made = network }
            return best
        }
        guard let cheapest = fitting.made.min(by: { $0.byteCount < $1.byteCount }) else { throw Cancelled() }
        throw BudgetOutOfReach(cheapest: cheapest)
    }

    /// What is foretold to lose least within so many multiply-accumulates; nil where nothing keeps to them.
    func foretoldPlans(macs limit: Int) throws -> [LayerPlan]? { try foretelling(on: scope).foretold(.macs, within: limit)?.plans }

    /// Seconds that a sample takes in the original network and under plans, timed turn by turn.
    func seconds(_ plans: [LayerPlan]) throws -> (original: Double, changed: Double) {
        progress(1, "timing")
        return try trials.trials.time(plans, cancellation: cancellation)
    }

    /// The front, as it is known by now.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read.
    public func front(_ price: SearchPrice) throws -> [FoundNetwork] {
        guard reconstruct != nil else { return try foretelling(on: search?.scope ?? scope).front(price) }
        return fitted.sorted { $0.byteCount > $1.byteCount }
    }

    /// Judges the network of what was found by the samples that are left.
    func judge(_ network: RecipeNetwork, times: Bool = false, progress: (QualityReport) -> Void) throws(MeasuredQuality.Failure) -> MeasuredQuality {
        try MeasuredQuality(
            comparing: nil, with: composer, plans: network.asked, data: data, meters: meters, times: times, calibration: reconstruct, behind: samples.share,
            known: network, progress: progress)
    }

    /// The network that the recipe of what was found makes.
    func network(_ found: FoundNetwork) throws -> RecipeNetwork {
        if let made, made.asked == found.plans { return made }
        return try RecipeNetwork(with: composer, plans: found.plans, calibration: reconstruct, data: data) { [progress] in
            progress($0, "fitting \($1)")
        }
    }

    /// What the data says of the layers, worked out at the first need.
    private func importance() throws -> NetworkImportance {
        if let weighed { return weighed }
        let made = try composer.importance(on: opened, cancellation, progress)
        weighed = made
        return made
    }

    /// What is predicted of the layers; the newest is kept.
    private func foretelling(on scope: SearchScope) throws -> NetworkSearch {
        if let search, search.scope == scope { return search }
        let made = try NetworkSearch(
            composer, importance(), scope, stages: stages.subtracting([.filters]), trials: trials, cancellation: cancellation, progress: progress)
        runsBefore += search?.runs ?? 0
        search = made
        return made
    }

    private func fitting(_ calibration: Calibration, _ budget: SearchBudget, on scope: SearchScope) throws -> FittedSearch {
        let others = stages.subtracting([.filters])
        if others == [.share], budget.price == .bytes {
            // One price of a bit: its logarithm.
            return FittedSearch(
                composer, calibration, data, trials, cancellation, progress: progress, start: log(1e-6), slope: (-0.27, 0.8)
            ) { price in
                scope.changing { plan in
                    plan.share = SharePlan(lambda: Self.twoDigits(exp(min(price, 0))), method: .trellis)
                    plan.code = CodePlan(entropy: .context)
                }
            }
        }
        // What is foretold within a limit: its logarithm.
        let search = try foretelling(on: scope)
        let cheapest = try search.cheapest(budget.price)
        let start: Int
        switch budget {
        case .bytes(let limit), .macs(let limit): start = limit
        case .loss: start = composer.model.fileByteCount / 4
        }
        if case .macs = budget, cheapest.macs > start { throw BudgetOutOfReach(cheapest: cheapest) }
        return FittedSearch(
            composer, calibration, data, trials, cancellation, progress: progress, start: log(Double(max(1, start))), slope: (1, -2)
        ) { limit in
            try search.foretold(budget.price, within: Int(exp(limit)))?.plans ?? cheapest.plans
        }
    }

    /// Short numbers: a recipe is part of its file.
    private static func twoDigits(_ number: Double) -> Double {
        let exponent = floor(log10(number)) - 1
        return (number * pow(10, -exponent)).rounded() / pow(10, -exponent)
    }
}

extension DataChoice {
    /// Opens what a search chooses by; nil for random latents.
    ///
    /// - Throws: where the model has no layers or cannot be run, or the data cannot be opened.
    func openToChoose(by model: Model) throws -> DataSet? {
        if let objection = objection(to: model) { throw EvaluationError("\(model.name): \(objection)") }
        guard !model.layers.isEmpty else { throw EvaluationError("\(model.name) has no layers to compress") }
        return try open(for: model)
    }
}

extension Composer {
    /// What the data says of the layers, by the samples that choices of filters and ranks are made by.
    func importance(
        on data: DataSet?, _ cancellation: CancellationToken, _ progress: @escaping @Sendable (Double, String) -> Void
    ) throws -> NetworkImportance {
        let words = "looking at gradients"
        progress(0, words)
        return try NetworkImportance.measure(
            model, on: NetworkImportance.inputs(of: model, from: data), cancellation: cancellation
        ) { progress($0, words) }
    }
}
