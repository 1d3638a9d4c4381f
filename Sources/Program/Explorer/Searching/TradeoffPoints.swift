import Compression
import Evaluation
import Recipes
import Search

/// A configuration that was measured in this work.
struct TriedConfiguration: Sendable {
    /// What made it.
    enum Origin: String, Sendable { case edited, fitted, found }

    let plans: [LayerPlan]
    /// How its weights were fitted; nil where they were not, or by a training.
    let rule: ReconstructRule?
    let byteCount: Int
    let macs: Int?
    let report: QualityReport
    let origin: Origin
}

/// What is known of bytes against quality.
struct Tradeoff: Sendable {
    /// All that was measured, the oldest first.
    private(set) var tried: [TriedConfiguration] = []
    /// The front as it is foretold, by price; nil where it is not known.
    var fronts: [SearchPrice: [FoundNetwork]] = [:]
    /// How far the front that is looked for has come.
    var comes: Double?

    private static let most = 2_000

    /// Notes what was measured, once; what was measured on more samples takes its place.
    mutating func note(_ configuration: TriedConfiguration) {
        func isSame(_ other: TriedConfiguration) -> Bool { other.plans == configuration.plans && other.origin == configuration.origin }
        // The newest is what is noted again at every moment.
        if let last = tried.last, isSame(last), last.report.samples >= configuration.report.samples { return }
        if let known = tried.firstIndex(where: isSame) {
            if tried[known].report.samples < configuration.report.samples { tried[known] = configuration }
            return
        }
        if tried.count == Self.most { tried.removeFirst() }
        tried.append(configuration)
    }
}

/// A point of the trade-off: what a configuration costs and what it loses.
struct TradeoffPoint: Sendable {
    enum Kind: Sendable, Hashable {
        case measured(TriedConfiguration.Origin)
        case foretold
    }

    let plans: [LayerPlan]
    /// How its weights are fitted.
    let rule: ReconstructRule?
    let cost: Int
    /// As `QualityReport.lostShare` counts; at least 0 where it is drawn.
    let lost: Double
    /// Of what was measured, with 95 %.
    let interval: ClosedRange<Double>?
    let kind: Kind

    /// Those of which no other costs no more and loses less, or costs less and loses no more.
    static func front(_ points: [TradeoffPoint]) -> [TradeoffPoint] {
        var least = Double.infinity
        return points.sorted { ($0.cost, $0.lost) < ($1.cost, $1.lost) }.filter { point in
            guard point.lost < least else { return false }
            least = point.lost
            return true
        }
    }
}

extension Workspace {
    /// Notes the configuration in force, once everything of it is known.
    mutating func noteTried() {
        if let recovered, let report = recovered.report, report.isComplete {
            let macs = shapes.model.macs.count
            tradeoff.note(
                TriedConfiguration(
                    plans: plans, rule: recovered.rule, byteCount: recovered.byteCount, macs: macs, report: report, origin: .fitted))
        } else if let report = quality.report(of: changedPlans), report.isComplete, totals.isExact, isComposed {
            tradeoff.note(
                TriedConfiguration(
                    plans: plans, rule: nil, byteCount: totals.compressedByteCount, macs: shapes.model.macs.count, report: report, origin: .edited))
        }
    }

    /// Notes what a search measured.
    mutating func note(_ network: FoundNetwork, fitted rule: ReconstructRule?) {
        guard let report = network.report else { return }
        tradeoff.note(TriedConfiguration(plans: network.plans, rule: rule, byteCount: network.byteCount, macs: network.macs, report: report, origin: .found))
    }

    /// All points, from the largest to the smallest. What is foretold in nats is told as what is lost, where the original's answers say how.
    func tradeoffPoints(_ price: SearchPrice, showsDominated: Bool) -> [TradeoffPoint] {
        let table = forecasts.forecaster?.table
        func lost(_ loss: Double) -> Double {
            switch table?.metric {
            case .bitsPerCharacter?: (table?.value(losing: loss) ?? 0) / max(table?.original ?? 0, .leastNormalMagnitude) - 1
            case let metric? where metric.isProportion: (table?.original ?? 0) - (table?.value(losing: loss) ?? 0)
            // Of answers that are numbers half of the error's share of their power is foretold.
            default: 2 * loss
            }
        }
        var points = (tradeoff.fronts[price] ?? []).compactMap { network in
            network.predicted.map {
                TradeoffPoint(
                    plans: network.plans, rule: nil, cost: price == .bytes ? network.byteCount : network.macs, lost: lost($0), interval: nil, kind: .foretold)
            }
        }
        points += tradeoff.tried.compactMap { tried in
            guard let cost = price == .bytes ? tried.byteCount : tried.macs else { return nil }
            let share = tried.report.lostShare
            let interval = tried.report.headline.differenceInterval.map { -$0.upperBound...(-$0.lowerBound) }
            let isShare = tried.report.headline.metric.isProportion
            return TradeoffPoint(
                plans: tried.plans, rule: tried.rule, cost: cost, lost: share, interval: isShare ? interval : nil, kind: .measured(tried.origin))
        }
        if !showsDominated {
            // Foretold ones do not make measured ones vanish, nor the reverse.
            points = TradeoffPoint.front(points.filter { $0.kind == .foretold }) + TradeoffPoint.front(points.filter { $0.kind != .foretold })
        }
        return points.sorted { ($0.cost, $1.lost) > ($1.cost, $0.lost) }
    }
}
