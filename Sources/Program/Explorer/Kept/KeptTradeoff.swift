import Compression
import NeuralNetwork
import Recipes
import Search

/// What was measured in a work, as its snapshot holds it: to be compared at every key, and written seldom.
struct TriedToKeep: Sendable, Hashable {
    let data: String?
    let revision: Int
    let tried: [TriedConfiguration]

    static func == (left: TriedToKeep, right: TriedToKeep) -> Bool { left.revision == right.revision && left.data == right.data }
    func hash(into hasher: inout Hasher) { hasher.combine(revision) }
}

/// The same as it lies in a file.
struct KeptTradeoff: Sendable, Hashable, Codable {
    struct Configuration: Sendable, Hashable, Codable {
        /// The plans and their fit.
        var recipe: String
        var bytes: Int
        var macs: Int?
        var lost: Double
        /// Both or none.
        var low: Double?
        var high: Double?
        var samples: Int
        var origin: String
        var number: Int
        var parent: Int?
    }

    /// What it was measured on.
    var data: String?
    var configurations: [Configuration]

    /// As many as are kept: those on the front, and the newest.
    private static let most = 200

    init?(_ tried: TriedToKeep?, of model: Model) {
        guard let tried, !tried.tried.isEmpty else { return nil }
        data = tried.data
        var numbers = Set(TradeoffPoint.front(tried.tried.compactMap { TradeoffPoint($0, in: .bytes) }).prefix(Self.most / 2).compactMap(\.number))
        for configuration in tried.tried.reversed() where numbers.count < Self.most { numbers.insert(configuration.number) }
        configurations = tried.tried.compactMap { one in
            // What JSON cannot say is not worth keeping.
            guard numbers.contains(one.number), one.lost.isFinite else { return nil }
            var recipe = Recipe(describing: one.plans, model: model)
            recipe.reconstruct = one.rule
            guard let text = try? recipe.yaml() else { return nil }
            let bounds = one.interval.flatMap { $0.lowerBound.isFinite && $0.upperBound.isFinite ? $0 : nil }
            return Configuration(
                recipe: text, bytes: one.byteCount, macs: one.macs, lost: one.lost, low: bounds?.lowerBound, high: bounds?.upperBound,
                samples: one.samples, origin: one.origin.rawValue, number: one.number, parent: one.parent)
        }
    }

    /// The configurations, without those that do not fit the model.
    func tried(of model: Model) -> [TriedConfiguration] {
        var numbers: Set<Int> = []
        return configurations.compactMap { one in
            guard let origin = TriedConfiguration.Origin(rawValue: one.origin), one.lost.isFinite, one.number > 0, numbers.insert(one.number).inserted,
                one.parent.map({ $0 < one.number }) ?? true, let recipe = try? Recipe(yaml: Array(one.recipe.utf8)),
                let plans = try? recipe.plans(for: model)
            else { return nil }
            let interval: ClosedRange<Double>? =
                if let low = one.low, let high = one.high, low <= high { low...high } else { nil }
            return TriedConfiguration(
                plans: plans, rule: recipe.reconstruct, byteCount: one.bytes, macs: one.macs, lost: one.lost, interval: interval, samples: one.samples,
                origin: origin, number: one.number, parent: one.parent)
        }.sorted { $0.number < $1.number }
    }
}

extension Workspace {
    /// Takes what was measured in the work before, once it is measured on the same data again.
    mutating func take(tried: [TriedConfiguration], on data: String?) {
        guard !tried.isEmpty else { return }
        tradeoff.waiting = (data, tried)
        if quality.isReady { takeWaiting() }
    }

    /// Takes what waited for the data that is open now.
    mutating func takeWaiting() {
        guard let waiting = tradeoff.waiting, waiting.data == quality.data?.path else { return }
        tradeoff.waiting = nil
        tradeoff.take(waiting.tried)
    }

    /// What is to be kept; nil where nothing was measured.
    var triedToKeep: TriedToKeep? {
        if let waiting = tradeoff.waiting { return TriedToKeep(data: waiting.data, revision: -1, tried: waiting.tried) }
        return tradeoff.tried.isEmpty ? nil : TriedToKeep(data: quality.data?.path, revision: tradeoff.revision, tried: tradeoff.tried)
    }
}
