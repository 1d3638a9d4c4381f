import Glibc

/// Entropy-constrained scalar quantization on a grid: each weight takes the multiple of the step for which squared error and
/// bits together are least, D + λ·bits, where the bits of a level are −log₂ of how often it is taken (Chou, Lookabaugh and
/// Gray 1989). At high rates D falls by a factor of 4 with every bit, so that the step tells λ = 2·ln 2 · step² / 12.
///
/// Both signs of a level count as one, the sign as a bit of its own, so that the decision between zero and not zero is a
/// threshold on magnitudes: zero swallows what is not worth its bits.
struct EntropyConstrained {
    let step: Float
    /// Magnitudes from which on a weight takes each of the levels, ascending from `levels[0]` = 0 at 0.
    private(set) var starts: [Double] = [0]
    private(set) var levels: [Int] = [0]
    /// Bits of each level, its sign included, from level 0 up; for levels that do not occur those of a single weight.
    private(set) var bits: [Double] = []

    /// The price of a bit, in squared steps.
    static let price = 2 * 0.693_147_180_559_945_3 / 12
    /// Levels on either side of zero at most.
    static let levelLimit = 32_000
    /// Levels on either side of zero that tables tell apart, each having bins of its own.
    static let distinctLevels = 120
    private static let iterationLimit = 30

    /// The step of a plan: as it says, what a price of bits tells, or the range of the survivors over the number of clusters; at least so
    /// wide that `levelLimit` levels reach everywhere.
    static func step(of plan: SharePlan, _ survivors: SurvivingBins) -> Float {
        let largest = max(abs(survivors.minimum), abs(survivors.maximum))
        let wanted =
            switch plan.amount {
            case .step(let step): step
            case .lambda(let lambda): (lambda / (price * 0.5) * survivors.bins.reduce(0) { $0 + $1.power }).squareRoot()
            case .clusters(let clusters): (survivors.maximum - survivors.minimum) / Double(max(1, clusters))
            }
        let least = max(largest / Double(levelLimit - 1), Double(Float.leastNormalMagnitude))
        return max(Float(wanted > 0 && wanted.isFinite ? wanted : largest), Float(least).nextUp)
    }

    /// Finds the levels for the survivors of a layer; `dropped` weights are zero already.
    init(_ survivors: SurvivingBins, step: Float, dropped: Int) {
        self.step = step
        let magnitudes = survivors.magnitudes
        let unit = Double(step)
        let highest = min(Self.levelLimit, Int(((magnitudes.last?.value ?? 0) / unit).rounded()) + 1)
        var counts = [Int](repeating: 0, count: highest + 1)
        counts[0] = dropped
        for magnitude in magnitudes { counts[min(highest, Int((magnitude.value / unit).rounded()))] += magnitude.count }
        for _ in 0..<Self.iterationLimit {
            price(counts)
            findStarts()
            var next = [Int](repeating: 0, count: highest + 1)
            next[0] = dropped
            var position = 0
            for magnitude in magnitudes {
                while position + 1 < starts.count, magnitude.value >= starts[position + 1] { position += 1 }
                next[levels[position]] += magnitude.count
            }
            if next == counts { break }
            counts = next
        }
    }

    /// The levels of survivors that lie on the grid already.
    init(settled survivors: SurvivingBins, step: Float, dropped: Int) {
        self.step = step
        let magnitudes = survivors.magnitudes
        let highest = min(Self.levelLimit, Int(((magnitudes.last?.value ?? 0) / Double(step)).rounded()) + 1)
        var counts = [Int](repeating: 0, count: highest + 1)
        counts[0] = dropped
        for magnitude in magnitudes { counts[min(highest, Int((magnitude.value / Double(step)).rounded()))] += magnitude.count }
        price(counts)
        levels = Array(0...highest)
        starts = levels.map { $0 == 0 ? 0 : (Double($0) - 0.5) * Double(step) }
    }

    /// The level of a magnitude.
    func level(of magnitude: Double) -> Int { levels[starts.partitioningIndex { $0 > magnitude } - 1] }

    /// The magnitude below which weights become zero; infinity where all do.
    var zeroBelow: Double { levels.count > 1 ? starts[1] : .infinity }

    /// Prices the levels by how often they are taken; one that is not taken is offered at the price of one weight.
    private mutating func price(_ counts: [Int]) {
        let total = Double(max(1, counts.reduce(0, +)))
        bits = counts.enumerated().map { level, count in log2(total / Double(max(1, count))) + (level > 0 ? 1 : 0) }
    }

    /// The lower envelope of squared error and price over the magnitudes: of the parabolas (w − l)² + λ·bits all have the
    /// same curvature, so that each level is best in one interval, if in any.
    private mutating func findStarts() {
        var levels = [0]
        var starts = [0.0]
        /// Where `upper` becomes better than `lower`, in steps.
        func crossing(_ lower: Int, _ upper: Int) -> Double {
            let (low, high) = (Double(lower), Double(upper))
            return ((high * high + Self.price * bits[upper]) - (low * low + Self.price * bits[lower])) / (2 * (high - low))
        }
        for level in bits.indices.dropFirst() {
            var start = crossing(levels[levels.count - 1], level)
            while levels.count > 1, start <= starts[starts.count - 1] {
                levels.removeLast()
                starts.removeLast()
                start = crossing(levels[levels.count - 1], level)
            }
            levels.append(level)
            starts.append(max(start, 0))
        }
        self.levels = levels
        self.starts = starts.map { $0 * Double(step) }
    }
}

extension EntropyConstrained {
    /// The clusters of what is not zero: on the grid, or with the means of their weights as centroids where what that
    /// takes off the error is worth the bits of a codebook. `survivors` has nothing that becomes zero.
    func clustering(of survivors: SurvivingBins) -> Clustering {
        var boundaries = [0]
        var found = [Int]()
        for (position, bin) in survivors.bins.enumerated() {
            let level = max(1, level(of: abs(bin.mean))) * (bin.mean < 0 ? -1 : 1)
            guard level != found.last else { continue }
            if !found.isEmpty { boundaries.append(position) }
            found.append(level)
        }
        guard let first = found.first, let last = found.last else { return Clustering(boundaries: [0], of: survivors) }
        boundaries.append(survivors.bins.count)
        let free = Clustering(boundaries: boundaries, of: survivors)

        // The grid has every level in between, most of them with weights.
        var spread = [0]
        var position = 0
        for level in min(first, 1)...max(last, -1) where level != 0 {
            if position < found.count, found[position] == level { position += 1 }
            spread.append(boundaries[position])
        }
        let place = CentroidGrid(step: step, below: max(0, -first), above: max(0, last), isTrellis: false)
        let grid = Clustering(boundaries: spread, on: place, of: survivors)
        let price = Self.price * Double(step) * Double(step)
        let codebookBits = Double(32 * free.centroids.count + 16 - 8 * place.byteCount)
        return grid.squaredError <= free.squaredError + price * codebookBits ? grid : free
    }
}

extension SurvivingBins {
    /// The bins by magnitude, ascending, both signs one after the other.
    fileprivate var magnitudes: [(value: Double, count: Int)] {
        bins.map { (abs($0.mean), $0.count) }.sorted { $0.0 < $1.0 }
    }
}
