import Basics
import TensorCore

/// What is kept of a layer's weights: its non-empty bins in ascending order of value, and exact totals.
struct WeightTable: Sendable {
    let statistics: WeightStatistics
    let bins: BinList
    /// Non-empty magnitude bins (sign removed), ascending, with the number of weights below each.
    let magnitudes: [Magnitude]
    /// What drops the weights that are zero already, and nothing else: whatever a plan says, they are zeros.
    let zeroCutoff: Cutoff

    struct Magnitude {
        var bin: Int
        var count: Int
        /// Weights of all lower magnitude bins.
        var below: Int
    }

    /// Reads every weight once, on all cores.
    init(
        preparing tensor: Tensor, cancellation: CancellationToken?, progress: (@Sendable (Double) -> Void)?
    ) throws(PreparationFailure) {
        guard tensor.elementType.isReadableAsFloat else { throw .notReadable(tensor.elementType) }
        guard tensor.count <= LayerTables.weightLimit else { throw .tooManyWeights(tensor.count) }
        let tallies = inPieces(
            of: Tensor.chunkCount * 16, count: tensor.count, cancellation: cancellation, progress: progress,
            makeState: { WeightTally() }
        ) { tally, _, range in
            tensor.forEachChunk(in: range) { _, chunk in tally.add(chunk) }
        }
        if cancellation?.isCancelled == true { throw .cancelled }
        let total = tallies[0]
        for other in tallies.dropFirst() { total.add(other) }
        let notFinite = (0x7f80...0x7fff).reduce(0) { $0 + total[$1].count + total[$1 | 0x8000].count }
        guard notFinite == 0 else { throw .notFinite(count: notFinite, firstIndex: tensor.firstNotFinite() ?? 0) }
        self.init(total, count: tensor.count)
    }

    private init(_ tally: WeightTally, count: Int) {
        var (negative, positive) = ([BinSummary](), [BinSummary]())
        tally.forEachBin(in: 0x8001..<0xff80) { negative.append(BinSummary(WeightBin(index: UInt16($0)), $1)) }
        tally.forEachBin(in: 1..<0x7f80) { positive.append(BinSummary(WeightBin(index: UInt16($0)), $1)) }
        let aroundZero = tally[0] + tally[0x8000]
        let zero = aroundZero.count > 0 ? [BinSummary(zero: tally[0], tally[0x8000])] : []
        let list = negative.reversed() + zero + positive
        let magnitudes = Self.magnitudes(around: aroundZero.count, negative, positive)
        // Where all weights of the bin are zeros its edge does, and no bin is split.
        zeroCutoff = aroundZero.count == 0 ? .keepsAll : aroundZero.sum == 0 ? .dropsBinAroundZero : .dropsZeros
        self.bins = BinList(list)
        self.magnitudes = magnitudes
        statistics = WeightStatistics(bins: list, count: count, minimum: tally.minimum, maximum: tally.maximum)
    }

    /// Bins of both signs together; both come in the order of their magnitudes.
    private static func magnitudes(around zero: Int, _ negative: [BinSummary], _ positive: [BinSummary]) -> [Magnitude] {
        var magnitudes = zero > 0 ? [Magnitude(bin: 0, count: zero, below: 0)] : []
        var (below, left, right) = (zero, 0, 0)
        while left < negative.count || right < positive.count {
            let bin = min(
                left < negative.count ? negative[left].magnitudeBin : .max, right < positive.count ? positive[right].magnitudeBin : .max)
            var count = 0
            if left < negative.count, negative[left].magnitudeBin == bin {
                count += negative[left].count
                left += 1
            }
            if right < positive.count, positive[right].magnitudeBin == bin {
                count += positive[right].count
                right += 1
            }
            magnitudes.append(Magnitude(bin: bin, count: count, below: below))
            below += count
        }
        return magnitudes
    }

    /// Position in `magnitudes` of the bin itself or of the next higher one.
    func magnitudePosition(of bin: Int) -> Int {
        magnitudes.partitioningIndex { $0.bin >= bin }
    }

    /// Weights in magnitude bins lower than `bin`.
    func count(belowMagnitudeBin bin: Int) -> Int {
        let position = magnitudePosition(of: bin)
        return position < magnitudes.count ? magnitudes[position].below : statistics.count
    }
}

/// What is known of a layer's weights as a whole, from exact sums.
public struct WeightStatistics: Sendable, Hashable {
    public var count: Int
    /// The extreme weights; 0 in an empty layer.
    public var minimum: Float
    public var maximum: Float
    public var mean: Double
    /// The population standard deviation.
    public var standardDeviation: Double
    /// Σw².
    public var power: Double

    init(bins: [BinSummary], count: Int, minimum: Float, maximum: Float) {
        self.count = count
        // −0 and +0 are one value.
        self.minimum = count == 0 ? 0 : minimum + 0
        self.maximum = count == 0 ? 0 : maximum + 0
        let mean = count == 0 ? 0 : bins.reduce(0) { $0 + $1.sum } / Double(count)
        self.mean = mean
        let squares = bins.reduce(0) { $0 + $1.spread + Double($1.count) * ($1.mean - mean) * ($1.mean - mean) }
        standardDeviation = count == 0 ? 0 : (squares / Double(count)).squareRoot()
        power = bins.reduce(0) { $0 + $1.power }
    }

    /// The largest |w|.
    public var largestMagnitude: Double { Double(max(-minimum, maximum)) }
}

/// Bins in ascending order of value, field by field.
struct BinList: Sendable {
    private(set) var index: [UInt16]
    private(set) var count: [Int]
    private(set) var mean: [Double]
    /// Σ(w − mean)² within each bin.
    private(set) var spread: [Double]

    init(_ bins: [BinSummary]) {
        index = bins.map(\.index)
        count = bins.map(\.count)
        mean = bins.map(\.mean)
        spread = bins.map(\.spread)
    }

    subscript(position: Int) -> BinSummary {
        BinSummary(
            index: index[position], count: count[position], mean: mean[position], spread: spread[position])
    }

    /// The key by which bins are in ascending order of value.
    static func rank(_ index: UInt16) -> Int { index & 0x8000 == 0 ? Int(index) : -Int(index & 0x7fff) }

    /// The first position whose bin is `rank` or higher.
    func position(ofRank rank: Int) -> Int { index.partitioningIndex { BinList.rank($0) >= rank } }
}

extension BinSummary {
    fileprivate var magnitudeBin: Int { Int(index & 0x7fff) }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element satisfies the predicate, which is false before some index and true from there on.
    func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Tensor {
    /// Index of the first weight that is NaN or infinite as float32.
    func firstNotFinite() -> Int? {
        var found: Int?
        forEachChunk { offset, chunk in
            guard found == nil, let position = chunk.firstIndex(where: { !$0.isFinite }) else { return }
            found = offset + position
        }
        return found
    }
}
