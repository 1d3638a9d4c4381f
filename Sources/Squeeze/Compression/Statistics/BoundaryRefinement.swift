import Basics
import TensorCore

/// What lies inside the magnitude bin that a threshold splits: its weights by the lower 16 bits of their patterns.
struct BoundaryRefinement: Sendable {
    /// The magnitude bin, sign removed.
    let bin: Int
    let negative: RefinedBin
    let positive: RefinedBin

    /// One pass over the weights, on all cores.
    init(of tensor: Tensor, bin: Int, cancellation: CancellationToken?) throws(Cancelled) {
        let collectors = inPieces(
            of: Tensor.chunkCount * 4, count: tensor.count, cancellation: cancellation,
            makeState: { LowCollector(bin: bin) }
        ) { collector, _, range in
            tensor.forEachChunk(in: range) { _, chunk in collector.add(chunk) }
        }
        try cancellation?.check()
        self.bin = bin
        negative = RefinedBin(collectors, half: 1)
        positive = RefinedBin(collectors, half: 0)
    }

    /// The lower half of the pattern of the weight that `rank` others of the bin lie below, in order of magnitude.
    func low(atRank rank: Int) -> UInt32 {
        var low = 0
        var high = 0xffff
        while low < high {
            let middle = (low + high) / 2
            let below = negative.count(below: middle + 1) + positive.count(below: middle + 1)
            if below > rank { high = middle } else { low = middle + 1 }
        }
        return UInt32(low)
    }
}

/// The weights of one bin, in order of magnitude.
struct RefinedBin: Sendable {
    /// Ascending, without repetition.
    private let lows: [UInt16]
    /// Sums over the weights from each of `lows` up; the last is empty.
    private let fromHere: [LowMoments]

    fileprivate init(_ collectors: [LowCollector], half: Int) {
        var lows = [UInt16]()
        var fromHere = [LowMoments()]
        // Bounds: blocks of sixteen counts divide the 2¹⁶ of each half.
        for block in stride(from: half << 16 | 0xfff0, through: half << 16, by: -16) {
            // Most of them hold nothing.
            guard collectors.contains(where: { $0.hasCounts(in: block) }) else { continue }
            for index in (block..<block + 16).reversed() {
                let count = collectors.reduce(0) { $0 + Int($1.counts[index]) }
                guard count > 0 else { continue }
                let low = UInt64(index & 0xffff)
                lows.append(UInt16(low))
                let here = LowMoments(count: count, sum: UInt64(count) * low, squares: UInt64(count) * low * low)
                fromHere.append(fromHere[fromHere.count - 1] + here)
            }
        }
        self.lows = lows.reversed()
        self.fromHere = fromHere.reversed()
    }

    /// Sums over the weights whose lower half is `low` or more.
    func moments(from low: Int) -> LowMoments { fromHere[lows.partitioningIndex { Int($0) >= low }] }

    /// Weights whose lower half is less than `low`.
    func count(below low: Int) -> Int { fromHere[0].count - moments(from: low).count }

    /// The smallest lower half that is `low` or more.
    func first(from low: Int) -> UInt16? {
        let position = lows.partitioningIndex { Int($0) >= low }
        return position < lows.count ? lows[position] : nil
    }

    var last: UInt16? { lows.last }
}

/// Counts the weights of one magnitude bin by sign and lower half.
private final class LowCollector {
    /// Index: sign << 16 | lower half.
    let counts: UnsafeMutablePointer<UInt32>
    private let bin: UInt32

    init(bin: Int) {
        self.bin = UInt32(bin) << 16
        counts = .allocate(capacity: 1 << 17)
        counts.initialize(repeating: 0, count: 1 << 17)
    }

    deinit { counts.deallocate() }

    /// Whether one of the sixteen counts from an index on, which is a multiple of sixteen, is above zero.
    @inline(__always)
    func hasCounts(in block: Int) -> Bool {
        UnsafeRawPointer(counts).loadUnaligned(fromByteOffset: block * 4, as: SIMD16<UInt32>.self) != .zero
    }

    func add(_ weights: UnsafeBufferPointer<Float>) {
        guard let base = weights.baseAddress else { return }
        // Bounds: sixteen weights are read at a time while sixteen remain; the index of a count has 17 bits.
        let bytes = UnsafeRawPointer(base)
        let magnitudeBin = SIMD8<UInt32>(repeating: 0x7fff_0000)
        let wanted = SIMD8<UInt32>(repeating: bin)
        var index = 0
        while index + 16 <= weights.count {
            let first = bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<UInt32>.self)
            let second = bytes.loadUnaligned(fromByteOffset: index * 4 + 32, as: SIMD8<UInt32>.self)
            let hits = ((first & magnitudeBin) .== wanted) .| ((second & magnitudeBin) .== wanted)
            let words = unsafeBitCast(hits, to: SIMD4<UInt64>.self)
            if words[0] | words[1] | words[2] | words[3] != 0 {
                for offset in index..<index + 16 { add(base[offset].bitPattern) }
            }
            index += 16
        }
        for offset in index..<weights.count { add(base[offset].bitPattern) }
    }

    @inline(__always)
    private func add(_ pattern: UInt32) {
        guard pattern & 0x7fff_0000 == bin else { return }
        counts[Int((pattern >> 31) << 16 | pattern & 0xffff)] &+= 1
    }
}
