import Basics
import Synchronization
import TensorCore

/// What Pare knows of one layer's weights: read once, it answers for every plan without looking at them again.
///
/// Figures that depend on where the weights lie (the gap stream), or on a threshold inside a bin, are estimated until
/// `exactFigures` has counted them; what it counted is kept for the newest thresholds.
public final class LayerTables: Sendable {
    public let shape: Shape
    public let elementType: ElementType
    public var statistics: WeightStatistics { table.statistics }

    /// Weights a layer may have: sums of 2³² squares of 16-bit numbers are exact in 64 bits.
    public static let weightLimit = 1 << 32

    let table: WeightTable
    let counted = Mutex(CountedFacts())

    /// Reads every weight once, on all cores. `progress` gets rising fractions, from any thread.
    public init(
        preparing weights: Tensor, cancellation: CancellationToken? = nil, progress: (@Sendable (Double) -> Void)? = nil
    ) throws(PreparationFailure) {
        shape = weights.shape
        elementType = weights.elementType
        table = try WeightTable(preparing: weights, cancellation: cancellation, progress: progress)
    }

    /// Everything of the layer under a plan, at once: from the tables, and from what was counted before.
    public func figures(for plan: LayerPlan) -> LayerFigures {
        evaluate(plan, counted.withLock { $0 }).figures
    }

    /// Everything of the layer under a plan, exactly: counts in the weights what is not known yet.
    ///
    /// `weights` is the tensor the tables were prepared from.
    public func exactFigures(
        for plan: LayerPlan, weights: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> LayerFigures {
        try evaluated(plan, weights: weights, cancellation: cancellation, for: .figures).evaluation.figures
    }

    /// Codes the weights with both arithmetic coders, so that figures of this plan tell how they compare.
    public func compareCoders(
        for plan: LayerPlan, weights: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> LayerFigures {
        var compared = plan
        compared.code.entropy = .automatic
        _ = try evaluated(compared, weights: weights, cancellation: cancellation, for: .figures)
        return try exactFigures(for: plan, weights: weights, cancellation: cancellation)
    }

    /// The magnitude below which a rule drops weights; 0 without a rule. In a bin that was not refined yet, the
    /// threshold of a sparsity is interpolated.
    public func threshold(for rule: PruneRule?) -> Double {
        resolve(rule, counted.withLock { $0 }).threshold
    }

    /// Fraction of the weights that are zeros under a threshold, interpolated in a bin that was not refined yet.
    public func sparsity(atThreshold threshold: Double) -> Double {
        guard statistics.count > 0 else { return 0 }
        let cutoff = max(Cutoff(threshold: threshold), table.zeroCutoff)
        return Double(droppedCount(cutoff, counted.withLock { $0 })) / Double(statistics.count)
    }

    /// A threshold in population standard deviations; 0 in a layer of equal weights.
    public func sigma(atThreshold threshold: Double) -> Double {
        statistics.standardDeviation > 0 ? threshold / statistics.standardDeviation : 0
    }
}

extension LayerTables {
    /// The cutoff and threshold of a rule, and the magnitude bin that must be refined before they are exact. Weights that are
    /// zero already are below every cutoff.
    func resolve(
        _ rule: PruneRule?, _ facts: CountedFacts
    ) -> (cutoff: Cutoff, threshold: Double, missingBin: Int?) {
        let (cutoff, threshold, missingBin) = ruled(rule, facts)
        return (max(cutoff, table.zeroCutoff), threshold, missingBin)
    }

    private func ruled(
        _ rule: PruneRule?, _ facts: CountedFacts
    ) -> (cutoff: Cutoff, threshold: Double, missingBin: Int?) {
        switch rule {
        case nil:
            return (.keepsAll, 0, nil)
        case .threshold(let threshold):
            return (Cutoff(threshold: threshold), max(threshold, 0), nil)
        case .sigma(let multiple):
            let threshold = max(multiple * statistics.standardDeviation, 0)
            return (Cutoff(threshold: threshold), threshold, nil)
        case .sparsity(let fraction):
            return orderStatistic(fraction, facts)
        }
    }

    /// The magnitude under which ⌊fraction × count⌋ weights lie.
    private func orderStatistic(
        _ fraction: Double, _ facts: CountedFacts
    ) -> (cutoff: Cutoff, threshold: Double, missingBin: Int?) {
        let rank = Int(max(0, min(1, fraction)) * Double(statistics.count))
        guard rank > 0 else { return (.keepsAll, 0, nil) }
        guard rank < statistics.count else {
            let cutoff = Cutoff(threshold: statistics.largestMagnitude.nextUp)
            return (cutoff, cutoff.magnitude, nil)
        }
        let position = table.magnitudes.partitioningIndex { $0.below > rank } - 1
        let magnitude = table.magnitudes[position]
        // So many weights are zeros as they are.
        if magnitude.bin == 0, table.zeroCutoff == .dropsBinAroundZero { return (.keepsAll, 0, nil) }
        if let refinement = facts.refinements[magnitude.bin] {
            let low = refinement.low(atRank: rank - magnitude.below)
            let cutoff = Cutoff(pattern: UInt32(magnitude.bin) << 16 | low)
            return (cutoff, cutoff.magnitude, nil)
        }
        let part = Double(rank - magnitude.below) / Double(magnitude.count)
        let cutoff = Cutoff(pattern: UInt32(magnitude.bin) << 16 | UInt32(part * 65_536))
        return (cutoff, cutoff.magnitude, magnitude.bin)
    }

    private func droppedCount(_ cutoff: Cutoff, _ facts: CountedFacts) -> Int {
        let position = table.magnitudePosition(of: cutoff.bin)
        guard position < table.magnitudes.count else { return statistics.count }
        let magnitude = table.magnitudes[position]
        guard magnitude.bin == cutoff.bin, !cutoff.isAligned else { return magnitude.below }
        if let refinement = facts.refinements[cutoff.bin] {
            let low = Int(cutoff.low)
            return magnitude.below + refinement.negative.count(below: low) + refinement.positive.count(below: low)
        }
        return magnitude.below + Int(Double(magnitude.count) * Double(cutoff.low) / 65_536)
    }
}
