import Compression
import Evaluation
import Recipes
import Search

/// A configuration that was measured in this work.
struct TriedConfiguration: Sendable, Hashable {
    /// What made it.
    enum Origin: String, Sendable, Hashable { case edited, fitted, found }

    let plans: [LayerPlan]
    /// How its weights were fitted; nil where they were not, or by a training.
    let rule: ReconstructRule?
    let byteCount: Int
    let macs: Int?
    /// As `QualityReport.lostShare` counts, with its interval of 95 % where that is known.
    let lost: Double
    let interval: ClosedRange<Double>?
    let samples: Int
    let origin: Origin
    /// Its number in this work, from 1 on, and that of the configuration from which it was come to.
    fileprivate(set) var number = 0
    fileprivate(set) var parent: Int?

    init(
        plans: [LayerPlan], rule: ReconstructRule?, byteCount: Int, macs: Int?, lost: Double, interval: ClosedRange<Double>?, samples: Int,
        origin: Origin, number: Int = 0, parent: Int? = nil
    ) {
        (self.plans, self.rule, self.byteCount, self.macs) = (plans, rule, byteCount, macs)
        (self.lost, self.interval, self.samples, self.origin) = (lost, interval, samples, origin)
        (self.number, self.parent) = (number, parent)
    }

    init(plans: [LayerPlan], rule: ReconstructRule?, byteCount: Int, macs: Int?, report: QualityReport, origin: Origin) {
        let headline = report.headline
        let interval = headline.metric.isProportion ? headline.differenceInterval.map { -$0.upperBound...(-$0.lowerBound) } : nil
        self.init(
            plans: plans, rule: rule, byteCount: byteCount, macs: macs, lost: report.lostShare, interval: interval, samples: report.samples, origin: origin)
    }

    func isSame(as other: TriedConfiguration) -> Bool { plans == other.plans && origin == other.origin }
}

/// What is known of bytes against quality.
struct Tradeoff: Sendable {
    /// All that was measured, the oldest first.
    private(set) var tried: [TriedConfiguration] = []
    /// Grows with each change of `tried`.
    private(set) var revision = 0
    /// The number of the configuration that is in force; nil where that is none of these.
    var current: Int?
    /// The front as it is foretold, by price; nil where it is not known.
    var fronts: [SearchPrice: [FoundNetwork]] = [:]
    /// What was measured in the work before, and on what, until that is open.
    var waiting: (data: String?, tried: [TriedConfiguration])?
    /// How far the front that is looked for has come.
    var comes: Double?

    private static let most = 2_000

    /// Notes what was measured, once; what was measured on more samples takes its place. Returns its number.
    @discardableResult mutating func note(_ configuration: TriedConfiguration) -> Int {
        // The newest is what is noted again at every moment.
        if let last = tried.last, last.isSame(as: configuration), last.samples >= configuration.samples { return last.number }
        var configuration = configuration
        if let known = tried.firstIndex(where: { $0.isSame(as: configuration) }) {
            (configuration.number, configuration.parent) = (tried[known].number, tried[known].parent)
            if tried[known].samples < configuration.samples {
                tried[known] = configuration
                revision += 1
            }
            return configuration.number
        }
        if tried.count == Self.most { tried.removeFirst() }
        (configuration.number, configuration.parent) = ((tried.last?.number ?? 0) + 1, current)
        tried.append(configuration)
        revision += 1
        return configuration.number
    }

    /// Takes what was measured in the work before; what was measured since comes after it.
    mutating func take(_ before: [TriedConfiguration]) {
        let since = tried
        tried = before
        revision += 1
        current = nil
        for configuration in since { note(configuration) }
    }
}

extension Workspace {
    /// Notes the configuration in force, once everything of it is known.
    mutating func noteTried() {
        if let recovered, let report = recovered.report, report.isComplete {
            tradeoff.current = tradeoff.note(
                TriedConfiguration(
                    plans: plans, rule: recovered.rule, byteCount: recovered.byteCount, macs: shapes.model.macs.count, report: report, origin: .fitted))
        } else if let report = quality.report(of: changedPlans), report.isComplete, totals.isExact, isComposed {
            tradeoff.current = tradeoff.note(
                TriedConfiguration(
                    plans: plans, rule: nil, byteCount: totals.compressedByteCount, macs: shapes.model.macs.count, report: report, origin: .edited))
        } else if changedPlans.isEmpty, tradeoff.current != nil {
            tradeoff.current = nil
        }
    }

    /// Notes what a search measured.
    mutating func note(_ network: FoundNetwork, fitted rule: ReconstructRule?) {
        guard let report = network.report else { return }
        tradeoff.note(
            TriedConfiguration(plans: network.plans, rule: rule, byteCount: network.byteCount, macs: network.macs, report: report, origin: .found))
    }
}
