import Basics
import TensorCore

/// Divides bins that are too wide for the clusters asked of them, by looking at the weights once more.
///
/// A boundary between clusters that falls on the edge of a bin of width h, where neighbouring shared values lie Δ apart, costs
/// at most (h/Δ)² of the squared error: with bins of Δ/64, a four-thousandth. Layers of up to `exactLimit` weights are divided
/// into their distinct values, so that nothing is lost at all.
extension SurvivingBins {
    /// Survivors up to which every distinct value becomes a bin of its own.
    static let exactLimit = 1 << 16
    /// Bins across the distance of neighbouring shared values.
    private static let fineness = 64.0
    /// Methods that promise no optimum get finer bins where a cluster has fewer of them than this.
    private static let coarseness = 8
    /// Parts that bins are divided into, all together.
    private static let partLimit = 1 << 18
    private static let roundLimit = 4

    /// Whether clusters of these bins are worse than clusters of the weights themselves may be.
    func isTooCoarse(for plan: SharePlan, _ clustering: @autoclosure () -> Clustering) -> Bool {
        guard bins.contains(where: \.isDivisible) else { return false }
        if plan.method != .optimal { return plan.clusters > bins.count / Self.coarseness }
        return count <= Self.exactLimit || !divisions(for: clustering()).isEmpty
    }

    /// Clusters of the weights themselves, or of bins so fine that it makes next to no difference. `weights` are those that
    /// the bins were made of.
    func finelyClustered(
        _ plan: SharePlan, _ weights: Tensor, cutoff: Cutoff, cancellation: CancellationToken?
    ) throws(Cancelled) -> Clustering {
        var survivors = self
        var clustering = clustered(plan, patience: .thorough)
        guard isTooCoarse(for: plan, clustering) else { return clustering.settled }
        if count <= Self.exactLimit {
            survivors = try distinctValues(of: weights, cutoff: cutoff, cancellation)
            return survivors.clustered(plan, patience: .thorough).settled
        }
        for _ in 0..<Self.roundLimit {
            let divisions = survivors.divisions(for: clustering)
            guard !divisions.isEmpty else { break }
            survivors = try survivors.divided(divisions, weights, cutoff: cutoff, cancellation)
            clustering = survivors.clustered(plan, patience: .thorough)
        }
        return clustering.settled
    }

    /// Into how many parts (a power of two, as its exponent) the bins that are too wide for their clusters should be divided.
    private func divisions(for clustering: Clustering) -> [Int: Int] {
        let centroids = clustering.centroids.map(Double.init)
        var divisions: [Int: Int] = [:]
        var parts = 0
        var cluster = 0
        for (position, bin) in bins.enumerated() where bin.isDivisible {
            while cluster + 1 < centroids.count, clustering.firstRanks[cluster + 1] <= bin.ranks.lowerBound { cluster += 1 }
            var distance = Double.infinity
            if cluster > 0 { distance = centroids[cluster] - centroids[cluster - 1] }
            if cluster + 1 < centroids.count { distance = min(distance, centroids[cluster + 1] - centroids[cluster]) }
            // A single cluster takes what it gets; in a single bin all clusters asked for may come to lie.
            if !distance.isFinite { distance = bins.count > 1 ? .infinity : bin.width }
            var exponent = 0
            while exponent < bin.divisibility, bin.width / Double(1 << exponent) * Self.fineness > distance { exponent += 1 }
            guard exponent > 0 else { continue }
            parts += 1 << exponent
            guard parts <= Self.partLimit else { break }
            divisions[position] = exponent
        }
        return divisions
    }

    /// The survivors with each distinct value in a bin of its own.
    private func distinctValues(
        of weights: Tensor, cutoff: Cutoff, _ cancellation: CancellationToken?
    ) throws(Cancelled) -> SurvivingBins {
        var ranks: [Int32] = []
        ranks.reserveCapacity(count)
        weights.forEachChunk { _, chunk in
            guard cancellation?.isCancelled != true else { return }
            for weight in chunk where weight.bitPattern & 0x7fff_ffff >= cutoff.pattern { ranks.append(weightRank(weight.bitPattern)) }
        }
        try cancellation?.check()
        ranks.sort()
        var result = emptied(capacity: min(ranks.count, Self.exactLimit))
        var start = 0
        while start < ranks.count {
            var end = start + 1
            while end < ranks.count, ranks[end] == ranks[start] { end += 1 }
            result.append(BinSummary(rank: ranks[start], count: end - start))
            start = end
        }
        result.finish()
        return result
    }

    /// The survivors with some bins, by position, divided into 2^exponent parts.
    private func divided(
        _ divisions: [Int: Int], _ weights: Tensor, cutoff: Cutoff, _ cancellation: CancellationToken?
    ) throws(Cancelled) -> SurvivingBins {
        let places = divisions.sorted { $0.key < $1.key }
        var slots: [BinParts.Slot] = []
        for (position, exponent) in places { slots.append(.init(bins[position], exponent)) }
        let parts = BinParts(slots)
        let tallies = try parts.tallied(weights, cutoff: cutoff, cancellation)
        var result = emptied(capacity: bins.count + parts.count)
        var next = 0
        for (position, bin) in bins.enumerated() {
            if next < places.count, places[next].key == position {
                for part in parts.summaries(ofSlot: next, tallies) { result.append(part) }
                next += 1
            } else {
                result.append(bin)
            }
        }
        result.finish()
        return result
    }

    private func emptied(capacity: Int) -> SurvivingBins {
        var result = SurvivingBins()
        result.reserveCapacity(capacity)
        (result.minimum, result.maximum, result.droppedPower) = (minimum, maximum, droppedPower)
        return result
    }
}

extension Clustering {
    /// The same clusters, said to be the last word.
    fileprivate var settled: Clustering {
        var clustering = self
        clustering.isAtRest = true
        return clustering
    }
}

/// The parts of bins, and the sums of the weights in each.
private struct BinParts {
    /// A bin to be divided.
    struct Slot {
        var bin: BinSummary
        /// Weights of one part share the lower half of their pattern but for so many bits.
        var shift: Int
        /// Place of its first part among those of all slots.
        var first = 0

        init(_ bin: BinSummary, _ exponent: Int) {
            self.bin = bin
            shift = bin.divisibility - exponent
        }

        var count: Int { bin.lows.count >> shift }
    }

    private let slots: [Slot]
    /// For each upper half of a pattern, its slots: one bin may have been divided before.
    private var slotsOfBin: [UInt16: [Int]] = [:]
    let count: Int

    init(_ unplaced: [Slot]) {
        var slots = unplaced
        var count = 0
        for index in slots.indices {
            slots[index].first = count
            count += slots[index].count
            slotsOfBin[slots[index].bin.index, default: []].append(index)
        }
        self.slots = slots
        self.count = count
    }

    func tallied(
        _ weights: Tensor, cutoff: Cutoff, _ cancellation: CancellationToken?
    ) throws(Cancelled) -> [LowMoments] {
        // The part of each low of a bin, found once: a low belongs to the slot whose range holds it.
        var isWanted = [Bool](repeating: false, count: 1 << 16)
        for index in slotsOfBin.keys { isWanted[Int(index)] = true }
        let wanted = isWanted
        let tallies = inPieces(
            of: Tensor.chunkCount * 4, count: weights.count, cancellation: cancellation, makeState: { Tally(count) }
        ) { tally, _, range in
            weights.forEachChunk(in: range) { _, chunk in
                for weight in chunk {
                    let pattern = weight.bitPattern
                    guard wanted[Int(pattern >> 16)], pattern & 0x7fff_ffff >= cutoff.pattern else { continue }
                    let low = UInt16(truncatingIfNeeded: pattern)
                    guard let part = part(of: low, inBin: UInt16(pattern >> 16)) else { continue }
                    tally.moments[part].count += 1
                    tally.moments[part].sum += UInt64(low)
                    tally.moments[part].squares += UInt64(low) * UInt64(low)
                }
            }
        }
        try cancellation?.check()
        var total = [LowMoments](repeating: LowMoments(), count: count)
        for tally in tallies { for part in total.indices { total[part] = total[part] + tally.moments[part] } }
        return total
    }

    private func part(of low: UInt16, inBin index: UInt16) -> Int? {
        guard let candidates = slotsOfBin[index] else { return nil }
        guard let slot = candidates.first(where: { slots[$0].bin.lows.contains(low) }) else { return nil }
        return slots[slot].first + Int(low - slots[slot].bin.lows.lowerBound) >> slots[slot].shift
    }

    /// The parts of a slot in ascending order of value, empty ones among them.
    func summaries(ofSlot slot: Int, _ moments: [LowMoments]) -> [BinSummary] {
        let slot = slots[slot]
        let geometry = WeightBin(index: slot.bin.index)
        let parts = (0..<slot.count).map { part in
            var summary = BinSummary(geometry, moments[slot.first + part])
            let first = slot.bin.lows.lowerBound + UInt16(part << slot.shift)
            summary.lows = first...(first + UInt16((1 << slot.shift) - 1))
            return summary
        }
        return geometry.isNegative ? parts.reversed() : parts
    }

    private final class Tally {
        var moments: [LowMoments]
        init(_ count: Int) { moments = Array(repeating: LowMoments(), count: count) }
    }
}
