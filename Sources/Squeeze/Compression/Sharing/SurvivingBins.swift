/// The survivors of a threshold as bins in ascending order of value, with prefix sums: all that weight sharing looks at.
struct SurvivingBins: Sendable {
    private(set) var bins: [BinSummary] = []
    /// Weights of all bins before each position, and of all at the end; whole numbers.
    private(set) var countBefore: [Double] = [0]
    /// Σw of all bins before each position, and of all at the end, less that of all negative bins: sums grow from zero
    /// outwards, so that differences among small weights are not drowned by the large weights of either side.
    private(set) var sumBefore: [Double] = [0]
    private(set) var count = 0
    /// The extreme survivors.
    var minimum: Double = 0
    var maximum: Double = 0
    /// Σw² of the weights that were dropped.
    var droppedPower: Double = 0

    mutating func reserveCapacity(_ capacity: Int) {
        bins.reserveCapacity(capacity)
        countBefore.reserveCapacity(capacity + 1)
    }

    mutating func append(_ bin: BinSummary) {
        guard bin.count > 0 else { return }
        bins.append(bin)
        count += bin.count
        countBefore.append(Double(count))
    }

    /// Sums up the bins, when all are there.
    mutating func finish() {
        sumBefore = [Double](repeating: 0, count: bins.count + 1)
        let zero = bins.partitioningIndex { $0.mean >= 0 }
        for position in stride(from: zero - 1, through: 0, by: -1) {
            sumBefore[position] = sumBefore[position + 1] - bins[position].sum
        }
        for position in zero..<bins.count { sumBefore[position + 1] = sumBefore[position] + bins[position].sum }
    }
}

extension WeightTable {
    /// What survives a cutoff. Without the refinement of the bin the cutoff lies in (and of the one that holds an extreme
    /// survivor), that bin is taken as evenly filled, and the result is an estimate.
    func survivors(
        of cutoff: Cutoff, refinements: [Int: BoundaryRefinement]
    ) -> (survivors: SurvivingBins, missing: [Int]) {
        var result = SurvivingBins()
        var missing = Set<Int>()
        result.reserveCapacity(bins.index.count + 1)
        for position in bins.index.indices {
            let bin = bins[position]
            let magnitude = Int(bin.index & 0x7fff)
            if magnitude > cutoff.bin || magnitude == cutoff.bin && cutoff.isAligned {
                result.append(bin)
            } else if magnitude < cutoff.bin {
                result.droppedPower += bin.power
            } else {
                let part: (kept: BinSummary, droppedPower: Double)
                if let refinement = refinements[magnitude] {
                    part = refinement.split(bin, at: Int(cutoff.low))
                } else {
                    missing.insert(magnitude)
                    part = bin.evenlySplit(at: cutoff.low)
                }
                result.append(part.kept)
                result.droppedPower += part.droppedPower
            }
        }
        result.finish()
        guard let first = result.bins.first, let last = result.bins.last else { return (result, Array(missing)) }

        // An extreme weight that survives is the extreme survivor; otherwise all survivors have one sign, and the
        // extreme one is the smallest magnitude of its bin.
        let lowest = Double(statistics.minimum)
        let highest = Double(statistics.maximum)
        if -lowest >= cutoff.magnitude || cutoff == .keepsAll || lowest >= cutoff.magnitude {
            result.minimum = lowest
        } else {
            result.minimum = smallest(of: first, from: cutoff, refinements, &missing) ?? first.mean
        }
        if highest >= cutoff.magnitude || cutoff == .keepsAll || -highest >= cutoff.magnitude {
            result.maximum = highest
        } else {
            result.maximum = (smallest(of: last, from: cutoff, refinements, &missing)).map { -$0 } ?? last.mean
        }
        return (result, Array(missing))
    }

    /// The smallest magnitude that survives in a bin, where the bin was refined.
    private func smallest(
        of bin: BinSummary, from cutoff: Cutoff, _ refinements: [Int: BoundaryRefinement], _ missing: inout Set<Int>
    ) -> Double? {
        let magnitude = Int(bin.index & 0x7fff)
        guard let refinement = refinements[magnitude] else {
            missing.insert(magnitude)
            return nil
        }
        let half = bin.mean < 0 ? refinement.negative : refinement.positive
        let low = half.first(from: magnitude == cutoff.bin ? Int(cutoff.low) : 0) ?? 0
        return abs(Double(WeightBin(index: UInt16(magnitude)).value(low: low)))
    }
}

extension BoundaryRefinement {
    /// Divides a bin into what survives a cutoff at `low` and the Σw² of what does not, exactly.
    func split(_ bin: BinSummary, at low: Int) -> (kept: BinSummary, droppedPower: Double) {
        func part(_ half: RefinedBin) -> (kept: LowMoments, dropped: LowMoments) {
            let kept = half.moments(from: low)
            return (kept, half.moments(from: 0) - kept)
        }
        if bin.index == 0 {
            let (above, below) = (part(positive), part(negative))
            return (
                BinSummary(zero: above.kept, below.kept), BinSummary(zero: above.dropped, below.dropped).power
            )
        }
        let geometry = WeightBin(index: bin.index)
        let halves = part(geometry.isNegative ? negative : positive)
        return (BinSummary(geometry, halves.kept), BinSummary(geometry, halves.dropped).power)
    }
}

extension BinSummary {
    /// Divides a bin as if its weights were spread evenly over it.
    func evenlySplit(at low: UInt32) -> (kept: BinSummary, droppedPower: Double) {
        let geometry = WeightBin(index: index)
        let fraction = Double(low) / 65_536
        let kept = Int((Double(count) * (1 - fraction)).rounded())
        let range = geometry.magnitudes
        let width = range.upperBound - range.lowerBound
        let sign: Double = geometry.isNegative ? -1 : 1
        func part(_ count: Int, _ from: Double, _ through: Double) -> BinSummary {
            let extent = (through - from) * width
            let mean = sign * (range.lowerBound + (from + through) / 2 * width)
            return BinSummary(index: index, count: count, mean: mean, spread: Double(count) * extent * extent / 12)
        }
        return (part(kept, fraction, 1), part(count - kept, 0, fraction).power)
    }
}
