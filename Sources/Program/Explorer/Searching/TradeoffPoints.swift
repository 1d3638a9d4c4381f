import Compression
import Recipes
import Search

/// A point of the trade-off: what a configuration costs and what it loses.
struct TradeoffPoint: Sendable {
    enum Kind: Sendable, Hashable {
        case measured(TriedConfiguration.Origin)
        case foretold

        /// As it is written: `foretold`, or by what it came about.
        var name: String {
            switch self {
            case .foretold: "foretold"
            case .measured(let origin): origin.rawValue
            }
        }
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
    /// Of what was measured, its number in this work and that of the configuration from which it was come to.
    let number: Int?
    let parent: Int?

    init(foretold network: FoundNetwork, in price: SearchPrice, lost: Double) {
        (plans, rule, cost) = (network.plans, nil, price == .bytes ? network.byteCount : network.macs)
        (self.lost, interval, kind, number, parent) = (lost, nil, .foretold, nil, nil)
    }

    /// Nil where it is not known what it costs.
    init?(_ tried: TriedConfiguration, in price: SearchPrice) {
        guard let cost = price == .bytes ? tried.byteCount : tried.macs else { return nil }
        (plans, rule, self.cost) = (tried.plans, tried.rule, cost)
        (lost, interval, kind, number, parent) = (tried.lost, tried.interval, .measured(tried.origin), tried.number, tried.parent)
    }

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
            network.predicted.map { TradeoffPoint(foretold: network, in: price, lost: lost($0)) }
        }
        points += tradeoff.tried.compactMap { TradeoffPoint($0, in: price) }
        if !showsDominated {
            // Foretold ones do not make measured ones vanish, nor the reverse.
            points = TradeoffPoint.front(points.filter { $0.kind == .foretold }) + TradeoffPoint.front(points.filter { $0.kind != .foretold })
        }
        return points.sorted { ($0.cost, $1.lost) > ($1.cost, $0.lost) }
    }
}
