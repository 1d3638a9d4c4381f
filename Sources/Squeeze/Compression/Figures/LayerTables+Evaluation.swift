import Basics
import TensorCore

extension LayerTables {
    /// A plan worked out as far as the counted facts allow.
    struct Evaluation {
        var figures: LayerFigures
        /// The smallest magnitude that pruning leaves.
        var pruning: Cutoff
        /// The smallest magnitude that does not become zero; that of the pruning where only positions tell (a trellis).
        var cutoff: Cutoff
        var survivors: SurvivingBins
        var clustering: Clustering?
        /// What a trellis starts from.
        var start: EntropyConstrained?
        /// The grid of the codes, where they lie on one.
        var grid: CentroidGrid?
        /// What must be counted before the figures are exact.
        var missing = Missing()

        struct Missing {
            /// Magnitude bins that must be refined.
            var bins: [Int] = []
            var gaps: [Cutoff] = []
            var trellis = false
            var streams: [EntropyCoder] = []

            var isEmpty: Bool { bins.isEmpty && gaps.isEmpty && !trellis && streams.isEmpty }
        }
    }

    /// An evaluation and the levels it was made with, where they are those of a trellis.
    struct Counted {
        var evaluation: Evaluation
        var trellis: TrellisLevels?
        /// What was made on the way to the figures and goes into an entry as well.
        var made = EntryParts()
    }

    /// Parts of an entry, kept so that none is made twice.
    struct EntryParts {
        var censuses: [Cutoff: GapCensus] = [:]
        /// Arithmetic streams.
        var streams: [EntropyCoder: [UInt8]] = [:]
    }

    /// What is wanted of a plan.
    enum Aim {
        /// Its values.
        case values
        /// Every figure, exactly.
        case figures
        /// Figures and values.
        case entry
    }

    /// Counts what is missing until a plan's values or figures are exact.
    func evaluated(
        _ plan: LayerPlan, weights: Tensor, cancellation: CancellationToken?, for aim: Aim
    ) throws(Cancelled) -> Counted {
        precondition(
            weights.shape == shape && weights.elementType == elementType,
            "tables of \(shape) \(elementType) asked about \(weights.shape) \(weights.elementType)")
        var facts = counted.withLock { $0 }
        var trellis: TrellisLevels?
        var made = EntryParts()
        func note(_ change: (inout CountedFacts) -> Void) {
            change(&facts)
            counted.withLock { change(&$0) }
        }
        while true {
            let evaluation = evaluate(plan, facts)
            let missing = evaluation.missing
            guard missing.bins.isEmpty else {
                for bin in missing.bins {
                    let refinement = try BoundaryRefinement(of: weights, bin: bin, cancellation: cancellation)
                    note { $0.refinements.insert(refinement, for: bin) }
                }
                continue
            }
            let needsLevels = aim != .figures || missing.trellis || !missing.streams.isEmpty
            if let share = plan.share, let start = evaluation.start, trellis == nil, needsLevels {
                let levels =
                    share.isSettled
                    ? TrellisLevels(settled: weights, step: start.step)
                    : try TrellisLevels(weights, cutoff: evaluation.pruning, start: start, cancellation: cancellation)
                trellis = levels
                let key = CountedFacts.SharingKey(cutoff: evaluation.pruning, share: share)
                note { $0.trellises.insert(TrellisSummary(levels), for: key) }
                continue
            }
            if let share = plan.share, evaluation.clustering?.isAtRest == false {
                let clustering = try evaluation.survivors.finelyClustered(
                    share, weights, cutoff: evaluation.cutoff, cancellation: cancellation)
                let key = CountedFacts.SharingKey(cutoff: evaluation.cutoff, share: share)
                note { $0.clusterings.insert(clustering, for: key) }
                continue
            }
            if aim == .values { return Counted(evaluation: evaluation, trellis: trellis) }
            for cutoff in missing.gaps {
                let census = try GapCensus(of: weights, cutoff: cutoff, cancellation: cancellation)
                if aim == .entry { made.censuses[cutoff] = census }
                let profile = GapProfile(remainders: census.remainders, overflow: census.overflow)
                note { $0.gaps.insert(profile, for: cutoff) }
            }
            let counted = Counted(evaluation: evaluation, trellis: trellis, made: made)
            for coder in missing.streams {
                guard let share = plan.share else { break }
                let stream = try counted.codes(of: weights).encoded(
                    by: coder, keepsBytes: aim == .entry, cancellation: cancellation)
                let size = stream.byteCount
                if aim == .entry { made.streams[coder] = stream.bytes }
                let key = CountedFacts.SharingKey(cutoff: evaluation.pruning, share: share)
                let entropy = evaluation.figures.coders?.entropy ?? 0
                note {
                    $0.streams.insert(size, for: .init(sharing: key, coder: coder))
                    if entropy > 0 { $0.streamRatios[coder] = Double(size * 8) / entropy }
                }
            }
            if missing.isEmpty { return counted }
        }
    }

    func evaluate(_ plan: LayerPlan, _ facts: CountedFacts) -> Evaluation {
        let count = statistics.count
        let (pruning, threshold, thresholdBin) = resolve(plan.prune, facts)
        let refinements = facts.refinements.all
        let (pruned, splitBins) = table.survivors(of: pruning, refinements: refinements)
        var missing = Evaluation.Missing(bins: thresholdBin.map { [$0] } ?? splitBins)
        var sharing = Sharing(cutoff: pruning, survivors: pruned)
        if let share = plan.share { sharing = shared(share, pruning, pruned, isSettled: missing.bins.isEmpty, facts) }
        missing.trellis = sharing.start != nil && sharing.trellis == nil

        /// The gaps of a cutoff; estimated, and noted as missing, where they were not counted.
        func gaps(_ cutoff: Cutoff, _ survivors: Int) -> GapProfile {
            if let known = facts.gaps[cutoff], missing.bins.isEmpty { return known }
            if survivors == count || survivors == 0 { return .unpruned(count: survivors) }
            if !missing.gaps.contains(cutoff) { missing.gaps.append(cutoff) }
            return .estimated(survivors: survivors, of: count)
        }
        let prunedGaps = gaps(pruning, pruned.count)
        let nonzeros = sharing.trellis?.nonzeros ?? sharing.survivors.count
        var census = StreamCensus(
            shape: shape, elementType: elementType, survivors: nonzeros, clusterCounts: sharing.counts, grid: sharing.grid,
            gaps: sharing.start != nil || sharing.cutoff == pruning ? prunedGaps : gaps(sharing.cutoff, nonzeros))
        if let share = plan.share {
            let key = CountedFacts.SharingKey(cutoff: pruning, share: share)
            let entropy = census.zeroOrderEntropy
            for coder in [EntropyCoder.range, .context] {
                let isWanted = plan.code.entropy.arithmeticCoders.contains(coder)
                if let known = facts.streams[.init(sharing: key, coder: coder)], missing.bins.isEmpty {
                    census.arithmetic[coder] = known
                } else if isWanted {
                    missing.streams.append(coder)
                    census.arithmetic[coder] = Int(entropy * (facts.streamRatios[coder] ?? (coder == .context ? 0.98 : 1.01)) / 8) + 1
                }
            }
        }
        let account = LayerAccount(census, plan.code)
        let smallest = sharing.cutoff == pruning ? threshold : sharing.cutoff.magnitude
        var figures = LayerFigures(
            weightCount: count, nonzeros: nonzeros, threshold: smallest, thresholdInSigma: sigma(atThreshold: smallest),
            codebook: sharing.codebook,
            squaredError: sharing.squaredError ?? pruned.droppedPower, signalPower: statistics.power,
            stages: StageSizes(census, pruned: (pruned.count, prunedGaps), coded: account), account: account,
            exactness: missing.isEmpty && sharing.clustering?.isAtRest != false ? .exact : .estimated)
        if plan.share != nil { figures.coders = CoderComparison(census, plan.code, account, estimated: missing.streams) }
        return Evaluation(
            figures: figures, pruning: pruning, cutoff: sharing.cutoff, survivors: sharing.survivors,
            clustering: sharing.clustering, start: sharing.start, grid: sharing.grid, missing: missing)
    }

    /// What sharing makes of the survivors of pruning.
    private struct Sharing {
        var cutoff: Cutoff
        var survivors: SurvivingBins
        var clustering: Clustering?
        var start: EntropyConstrained?
        var trellis: TrellisSummary?
        var grid: CentroidGrid?

        init(cutoff: Cutoff, survivors: SurvivingBins) {
            self.cutoff = cutoff
            self.survivors = survivors
        }

        /// Weights behind each code but zero.
        var counts: [Int]? { trellis.map { Array($0.codeCounts.dropFirst()) } ?? clustering?.counts }

        var codebook: Codebook? {
            if let trellis, let grid { return Codebook(centroids: grid.centroids, counts: Array(trellis.codeCounts.dropFirst())) }
            return clustering?.codebook
        }

        /// Of all weights; nil where nothing is shared.
        var squaredError: Double? {
            if let trellis { return trellis.squaredError }
            guard let clustering else { return nil }
            let scalar = survivors.droppedPower + clustering.squaredError
            // A trellis of 32 states takes some 1.2 dB off the error of one quantizer with the same bits.
            return start == nil ? scalar : scalar * 0.76
        }
    }

    private func shared(
        _ share: SharePlan, _ pruning: Cutoff, _ pruned: SurvivingBins, isSettled: Bool, _ facts: CountedFacts
    ) -> Sharing {
        var sharing = Sharing(cutoff: pruning, survivors: pruned)
        let key = CountedFacts.SharingKey(cutoff: pruning, share: share)
        guard share.method.isOnGrid else {
            // A thorough clustering belongs to the exact survivors; while those are interpolated it would only be near.
            let known = isSettled ? facts.clusterings[key] : nil
            sharing.clustering = known ?? pruned.clustered(share, patience: .quick)
            return sharing
        }
        let step = EntropyConstrained.step(of: share, pruned)
        let dropped = statistics.count - pruned.count
        let quantizer =
            share.isSettled
            ? EntropyConstrained(settled: pruned, step: step, dropped: dropped)
            : EntropyConstrained(pruned, step: step, dropped: dropped)
        let zero = table.cutoff(belowWhich: quantizer.zeroBelow)
        if zero.pattern > pruning.pattern {
            // The edge of a bin splits none.
            sharing.cutoff = zero
            sharing.survivors = table.survivors(of: zero, refinements: facts.refinements.all).survivors
        }
        let clustering = quantizer.clustering(of: sharing.survivors)
        sharing.clustering = clustering
        sharing.grid = clustering.grid
        guard share.method == .trellis else { return sharing }
        sharing.start = quantizer
        sharing.trellis = isSettled ? facts.trellises[key] : nil
        let below = sharing.trellis?.below ?? clustering.negativeCount
        let above = sharing.trellis?.above ?? clustering.centroids.count - below
        sharing.grid = CentroidGrid(step: step, below: below, above: above, isTrellis: true)
        if sharing.trellis != nil { sharing.cutoff = pruning }
        return sharing
    }
}

extension WeightTable {
    /// The lower edge of the first magnitude bin whose middle is not below a number; above the last where there is none.
    fileprivate func cutoff(belowWhich magnitude: Double) -> Cutoff {
        let position = magnitudes.partitioningIndex { magnitude <= WeightBin(index: UInt16($0.bin)).middle }
        let bin = position < magnitudes.count ? magnitudes[position].bin : (magnitudes.last?.bin ?? -1) + 1
        return Cutoff(pattern: UInt32(bin) << 16)
    }
}

extension WeightBin {
    /// The middle of the magnitudes; zero in the bin around zero.
    fileprivate var middle: Double {
        let range = magnitudes
        return index == 0 ? 0 : (range.lowerBound + range.upperBound) / 2
    }
}
