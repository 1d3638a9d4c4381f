/// The survivors of a threshold as bins in ascending order of value, with prefix sums: all that weight sharing looks at.
struct SurvivingBins: Sendable {
    let bins: [BinSummary]
    /// Weights of all bins before each position, and of all at the end; whole numbers.
    let countBefore: [Double]
    /// Σw of the bins between zero and each position; only differences mean something. Counted from zero, the sums of
    /// small weights are not lost in those of large ones.
    let sumFromZero: [Double]
    let count: Int
    /// The extreme survivors.
    var minimum: Double = 0
    var maximum: Double = 0
    /// Σw² of the weights that were dropped.
    var droppedPower: Double = 0

    /// Bins that are not empty, in ascending order of value.
    init(_ bins: [BinSummary], droppedPower: Double) {
        self.bins = bins
        self.droppedPower = droppedPower
        var countBefore = [Double](unsafeUninitializedCapacity: bins.count + 1) { $1 = 0 }
        var count = 0
        for bin in bins {
            countBefore.append(Double(count))
            count += bin.count
        }
        countBefore.append(Double(count))
        self.countBefore = countBefore
        self.count = count
        let origin = bins.partitioningIndex { $0.mean >= 0 }
        sumFromZero = prefixSums(of: bins.count, from: origin) { bins[$0].sum }
    }
}

/// Sums of the terms between `origin` and each position 0…count; those before the origin count negatively.
func prefixSums(of count: Int, from origin: Int, _ term: (Int) -> Double) -> [Double] {
    var sums = [Double](repeating: 0, count: count + 1)
    var sum = 0.0
    for position in origin..<count {
        sum += term(position)
        sums[position + 1] = sum
    }
    sum = 0
    for position in stride(from: origin - 1, through: 0, by: -1) {
        sum -= term(position)
        sums[position] = sum
    }
    return sums
}

extension WeightTable {
    /// What survives a cutoff. Without the refinement of the bin the cutoff lies in (and of the one that holds an extreme
    /// survivor), that bin is taken as evenly filled, and the result is an estimate.
    func survivors(
        of cutoff: Cutoff, refinements: [Int: BoundaryRefinement]
    ) -> (survivors: SurvivingBins, missing: [Int]) {
        var kept = [BinSummary]()
        var droppedPower = 0.0
        var missing = Set<Int>()
        kept.reserveCapacity(bins.index.count)
        for position in bins.index.indices {
            let bin = bins[position]
            let magnitude = Int(bin.index & 0x7fff)
            if magnitude > cutoff.bin || magnitude == cutoff.bin && cutoff.isAligned {
                kept.append(bin)
            } else if magnitude < cutoff.bin {
                droppedPower += bin.power
            } else {
                let part: (kept: BinSummary, droppedPower: Double)
                if let refinement = refinements[magnitude] {
                    part = refinement.split(bin, at: Int(cutoff.low))
                } else {
                    missing.insert(magnitude)
                    part = bin.evenlySplit(at: cutoff.low)
                }
                if part.kept.count > 0 { kept.append(part.kept) }
                droppedPower += part.droppedPower
            }
        }
        var result = SurvivingBins(kept, droppedPower: droppedPower)
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
