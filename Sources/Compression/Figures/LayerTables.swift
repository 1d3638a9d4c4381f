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
    private let counted = Mutex(CountedFacts())

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
        try evaluated(plan, weights: weights, cancellation: cancellation).figures
    }

    /// The magnitude below which a rule drops weights; 0 without a rule. In a bin that was not refined yet, the
    /// threshold of a sparsity is interpolated.
    public func threshold(for rule: PruneRule?) -> Double {
        resolve(rule, counted.withLock { $0 }).threshold
    }

    /// Fraction of the weights a threshold drops, interpolated in a bin that was not refined yet.
    public func sparsity(atThreshold threshold: Double) -> Double {
        guard statistics.count > 0 else { return 0 }
        let cutoff = Cutoff(threshold: threshold)
        return Double(droppedCount(cutoff, counted.withLock { $0 })) / Double(statistics.count)
    }

    /// A threshold in population standard deviations; 0 in a layer of equal weights.
    public func sigma(atThreshold threshold: Double) -> Double {
        statistics.standardDeviation > 0 ? threshold / statistics.standardDeviation : 0
    }
}

/// What was counted in the weights for the newest thresholds.
struct CountedFacts {
    /// What a clustering depends on.
    struct ClusteringKey: Hashable {
        var cutoff: Cutoff
        var share: SharePlan
    }

    /// By magnitude bin.
    private(set) var refinements: [Int: BoundaryRefinement] = [:]
    private(set) var gaps: [Cutoff: GapProfile] = [:]
    /// Thorough clusterings of plans whose quick one did not come to rest.
    private(set) var clusterings: [ClusteringKey: Clustering] = [:]
    private var clusteringOrder: [ClusteringKey] = []
    private var refinementOrder: [Int] = []
    private var gapOrder: [Cutoff] = []

    private static let refinementLimit = 4
    private static let clusteringLimit = 16
    private static let gapLimit = 64

    mutating func insert(_ refinement: BoundaryRefinement) {
        if refinements.updateValue(refinement, forKey: refinement.bin) == nil { refinementOrder.append(refinement.bin) }
        if refinementOrder.count > CountedFacts.refinementLimit {
            refinements[refinementOrder.removeFirst()] = nil
        }
    }

    mutating func insert(_ clustering: Clustering, for key: ClusteringKey) {
        if clusterings.updateValue(clustering, forKey: key) == nil { clusteringOrder.append(key) }
        if clusteringOrder.count > CountedFacts.clusteringLimit { clusterings[clusteringOrder.removeFirst()] = nil }
    }

    mutating func insert(_ profile: GapProfile, for cutoff: Cutoff) {
        if gaps.updateValue(profile, forKey: cutoff) == nil { gapOrder.append(cutoff) }
        if gapOrder.count > CountedFacts.gapLimit { gaps[gapOrder.removeFirst()] = nil }
    }
}

extension LayerTables {
    /// A plan worked out as far as the counted facts allow.
    struct Evaluation {
        var figures: LayerFigures
        var cutoff: Cutoff
        var survivors: SurvivingBins
        var clustering: Clustering?
        var census: StreamCensus
        /// Magnitude bins that must be refined, and whether the gaps must be counted, before the figures are exact.
        var missingBins: [Int]
        var isMissingGaps: Bool
    }

    /// Counts what is missing until a plan's figures are exact; without the gaps, only until its values are.
    func evaluated(
        _ plan: LayerPlan, weights: Tensor, cancellation: CancellationToken?, countsGaps: Bool = true
    ) throws(Cancelled) -> Evaluation {
        precondition(
            weights.shape == shape && weights.elementType == elementType,
            "tables of \(shape) \(elementType) asked about \(weights.shape) \(weights.elementType)")
        var facts = counted.withLock { $0 }
        while true {
            let evaluation = evaluate(plan, facts)
            if evaluation.missingBins.isEmpty && !(countsGaps && evaluation.isMissingGaps) {
                guard let share = plan.share, evaluation.clustering?.isAtRest == false else { return evaluation }
                let clustering = evaluation.survivors.clustered(share, patience: .thorough)
                let key = CountedFacts.ClusteringKey(cutoff: evaluation.cutoff, share: share)
                facts.insert(clustering, for: key)
                counted.withLock { $0.insert(clustering, for: key) }
                continue
            }
            for bin in evaluation.missingBins {
                let refinement = try BoundaryRefinement(of: weights, bin: bin, cancellation: cancellation)
                facts.insert(refinement)
                counted.withLock { $0.insert(refinement) }
            }
            if evaluation.missingBins.isEmpty {
                let census = try GapCensus(of: weights, cutoff: evaluation.cutoff, cancellation: cancellation)
                let profile = GapProfile(remainders: census.remainders, overflow: census.overflow)
                facts.insert(profile, for: evaluation.cutoff)
                counted.withLock { $0.insert(profile, for: evaluation.cutoff) }
            }
        }
    }

    private func evaluate(_ plan: LayerPlan, _ facts: CountedFacts) -> Evaluation {
        let count = statistics.count
        let (cutoff, threshold, thresholdBin) = resolve(plan.prune, facts)
        var (survivors, missing) = table.survivors(of: cutoff, refinements: facts.refinements)
        if let thresholdBin { missing = [thresholdBin] }
        // A thorough clustering belongs to the exact survivors; while those are interpolated it would only be near.
        let clustering = plan.share.map { share in
            let known = missing.isEmpty ? facts.clusterings[CountedFacts.ClusteringKey(cutoff: cutoff, share: share)] : nil
            return known ?? survivors.clustered(share, patience: .quick)
        }

        var gaps = facts.gaps[cutoff]
        if survivors.count == count { gaps = .unpruned(count: count) }
        if survivors.count == 0 { gaps = .unpruned(count: 0) }

        let census = StreamCensus(
            shape: shape, elementType: elementType, survivors: survivors.count, clusterCounts: clustering?.counts,
            gaps: gaps ?? .estimated(survivors: survivors.count, of: count))
        let account = LayerAccount(census, plan.code)
        let keptError = clustering?.squaredError ?? 0
        let figures = LayerFigures(
            weightCount: count, nonzeros: survivors.count, threshold: threshold,
            thresholdInSigma: sigma(atThreshold: threshold), codebook: clustering?.codebook,
            squaredError: survivors.droppedPower + keptError, signalPower: statistics.power,
            stages: StageSizes(census, coded: account), account: account,
            exactness: missing.isEmpty && gaps != nil && clustering?.isAtRest != false ? .exact : .estimated)
        return Evaluation(
            figures: figures, cutoff: cutoff, survivors: survivors, clustering: clustering, census: census,
            missingBins: missing, isMissingGaps: gaps == nil)
    }

    /// The threshold of a rule, and the magnitude bin that must be refined before it is exact.
    private func resolve(
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
