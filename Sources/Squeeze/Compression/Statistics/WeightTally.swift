/// Counts weights into 65,536 bins by the upper 16 bits of their float32 patterns, keeping exact integers per bin.
///
/// While counting, a bin is one 16-byte slot, so that a weight costs one addition:
///
///     bits 0…39   Σlow            low = the lower 16 bits of the pattern, < 2¹⁶
///     bits 40…63  count
///     bits 64…127 Σlow²
///
/// Slots are emptied into full-width sums before 2²³ weights could overflow the 24-bit count; most layers never need them. Integer sums do not
/// depend on the order of the weights, so tallies of any number of threads add up to the same table.
final class WeightTally {
    static let binCount = 1 << 16
    private static let slotCapacity = 1 << 23

    private let slots: UnsafeMutablePointer<SIMD2<UInt64>>
    private var pending = 0
    /// What was moved out of the slots, by bin; empty as long as nothing was.
    private var moved: [LowMoments] = []

    /// The extreme weights so far; meaningless where a weight is NaN.
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity

    init() {
        slots = .allocate(capacity: WeightTally.binCount)
        slots.initialize(repeating: .zero, count: WeightTally.binCount)
    }

    deinit { slots.deallocate() }

    /// Counts a chunk of at most `Tensor.chunkCount` weights.
    func add(_ weights: UnsafeBufferPointer<Float>) {
        guard let base = weights.baseAddress else { return }
        if pending + weights.count > WeightTally.slotCapacity { empty() }
        pending += weights.count
        // Bounds: vectors are read at 0, 4, … while four weights remain; a slot index is 16 bits wide.
        let patterns = UnsafeRawPointer(base)
        var lowest = SIMD4<Float>(repeating: minimum)
        var highest = SIMD4<Float>(repeating: maximum)
        let one = SIMD2<UInt64>(repeating: 1 << 40)
        let lowMask = SIMD2<UInt64>(repeating: 0xffff)
        let vectorEnd = weights.count & ~3
        var index = 0
        while index < vectorEnd {
            let address = patterns + index * 4
            let values = address.loadUnaligned(as: SIMD4<Float>.self)
            lowest.replace(with: values, where: values .< lowest)
            highest.replace(with: values, where: values .> highest)
            let pairs = unsafeBitCast(values, to: SIMD2<UInt64>.self)
            let even = pairs & lowMask
            let odd = (pairs &>> 32) & lowMask
            let evenSquares = even &* even
            let oddSquares = odd &* odd
            let evenSums = even &+ one
            let oddSums = odd &+ one
            let words = address.loadUnaligned(as: SIMD8<UInt16>.self)
            slots[Int(words[1])] &+= SIMD2(evenSums[0], evenSquares[0])
            slots[Int(words[3])] &+= SIMD2(oddSums[0], oddSquares[0])
            slots[Int(words[5])] &+= SIMD2(evenSums[1], evenSquares[1])
            slots[Int(words[7])] &+= SIMD2(oddSums[1], oddSquares[1])
            index += 4
        }
        minimum = min(min(lowest[0], lowest[1]), min(lowest[2], lowest[3]))
        maximum = max(max(highest[0], highest[1]), max(highest[2], highest[3]))
        while index < weights.count {
            let pattern = base[index].bitPattern
            let low = UInt64(pattern & 0xffff)
            slots[Int(pattern >> 16)] &+= SIMD2(low + 1 << 40, low * low)
            minimum = min(minimum, base[index])
            maximum = max(maximum, base[index])
            index += 1
        }
    }

    /// Adds the sums of another tally.
    func add(_ other: WeightTally) {
        empty()
        other.forEachBin(in: 0..<WeightTally.binCount) { bin, moments in moved[bin] = moved[bin] + moments }
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// What was counted in a bin.
    subscript(bin: Int) -> LowMoments { moved.isEmpty ? inSlot(bin) : moved[bin] + inSlot(bin) }

    /// Visits the bins that hold weights, in the order of their indices.
    func forEachBin(in bins: Range<Int>, _ body: (Int, LowMoments) -> Void) {
        let moved = moved
        for bin in bins {
            let moments = moved.isEmpty ? inSlot(bin) : moved[bin] + inSlot(bin)
            if moments.count > 0 { body(bin, moments) }
        }
    }

    @inline(__always)
    private func inSlot(_ bin: Int) -> LowMoments {
        let slot = slots[bin]
        return LowMoments(count: Int(slot.x >> 40), sum: slot.x & (1 << 40 - 1), squares: slot.y)
    }

    /// Moves the slots into the full-width sums.
    private func empty() {
        if moved.isEmpty { moved = Array(repeating: LowMoments(), count: WeightTally.binCount) }
        for bin in 0..<WeightTally.binCount where slots[bin].x != 0 {
            moved[bin] = moved[bin] + inSlot(bin)
            slots[bin] = .zero
        }
        pending = 0
    }
}
