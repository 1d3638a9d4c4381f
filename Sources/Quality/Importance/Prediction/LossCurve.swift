import Compression
import Glibc

/// What is known of a layer's predicted losses by their squared errors, so that a slider has one at once, before the weights were looked at.
public struct LossCurve: Sendable, Hashable {
    /// The stages that a plan changes weights by: errors of equal size cost different losses by what made them.
    struct Stages: OptionSet, Hashable {
        let rawValue: Int

        static let filters = Stages(rawValue: 1)
        static let factors = Stages(rawValue: 2)
        static let pruning = Stages(rawValue: 4)
        static let sharing = Stages(rawValue: 8)

        init(rawValue: Int) { self.rawValue = rawValue }

        init(_ plan: LayerPlan) {
            self = []
            if plan.filters != nil { insert(.filters) }
            if plan.factorize != nil { insert(.factors) }
            if plan.prune != nil { insert(.pruning) }
            if plan.share != nil { insert(.sharing) }
        }
    }

    private struct Point: Hashable {
        var error: Double
        var ratio: Double
    }

    /// Loss for each unit of squared error where nothing else is known.
    private let usual: Double
    /// In the order of their errors.
    private var points: [Stages: [Point]] = [:]

    /// Points that are kept of each kind of plan.
    private static let largestCount = 64

    /// `lossPerError` is what independent changes of the weights cost.
    public init(lossPerError: Double) { usual = lossPerError }

    /// Takes an exact prediction of a plan.
    public mutating func add(_ loss: PredictedLoss, error: Double, of plan: LayerPlan) {
        guard error > 0, loss.value > 0 else { return }
        var known = points[Stages(plan)] ?? []
        known.removeAll { abs($0.error - error) <= 1e-6 * error }
        known.insert(Point(error: error, ratio: loss.value / error), at: known.firstIndex { $0.error > error } ?? known.count)
        if known.count > Self.largestCount { known.remove(at: known.count / 2) }
        points[Stages(plan)] = known
    }

    /// The loss of a plan with this squared error, as its neighbours have it.
    public func loss(error: Double, of plan: LayerPlan) -> PredictedLoss {
        guard error > 0 else { return PredictedLoss(0) }
        guard let known = points[Stages(plan)], let first = known.first, let last = known.last else { return PredictedLoss(error * usual) }
        guard let next = known.firstIndex(where: { $0.error >= error }) else { return PredictedLoss(error * last.ratio) }
        guard next > 0 else { return PredictedLoss(error * first.ratio) }
        let (below, above) = (known[next - 1], known[next])
        let share = log(error / below.error) / log(above.error / below.error)
        return PredictedLoss(error * below.ratio * pow(above.ratio / below.ratio, share))
    }
}
