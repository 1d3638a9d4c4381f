/// The probability that a bit is 1, learned from the bits seen so far: 22 bits of probability, 10 bits of count.
///
/// After n bits the probability moves by 1/(n + 1.6) of its distance to the newest one, a little faster than a mean would;
/// n stops at 511, so that old bits are forgotten in the end. It stays 64 parts of 2²² away from certainty.
struct AdaptiveBit {
    private(set) var state: UInt32

    /// One, as a probability.
    static let one: UInt32 = 1 << 22
    /// The highest count.
    static let countLimit: UInt32 = 511
    /// Distance from 0 and 1.
    static let margin: UInt32 = 64

    /// A bit of which nothing is known.
    static let even = AdaptiveBit(probability: one / 2, count: 0)

    /// A bit that is 1 with a probability in parts of 2²², as if `count` bits had been seen.
    init(probability: UInt32, count: UInt32) { state = probability << 10 | count }

    /// In parts of 2²².
    var probability: UInt32 { state >> 10 }

    /// Moves the probability towards `bit`, 0 or 1. `rates` is `AdaptiveBit.rates`.
    @inline(__always)
    mutating func learn(_ bit: Int, _ rates: UnsafePointer<Int64>) {
        let count = state & 0x3ff
        // Bounds: the count never exceeds its limit, the last of the rates.
        let rate = rates[Int(count)]
        let target = Int64(bit) &<< 22
        let moved = Int64(probability) &+ ((target &- Int64(probability)) &* rate) &>> 16
        let kept = min(max(moved, Int64(AdaptiveBit.margin)), Int64(AdaptiveBit.one &- AdaptiveBit.margin))
        state = UInt32(truncatingIfNeeded: kept) &<< 10 | (count &+ (count < AdaptiveBit.countLimit ? 1 : 0))
    }

    /// ⌊65,536 · 5 / (5n + 8)⌋ for each count n; allocated once, never written again and never freed.
    nonisolated(unsafe) static let rates: UnsafePointer<Int64> = {
        let rates = UnsafeMutablePointer<Int64>.allocate(capacity: Int(countLimit) + 1)
        for count in 0...Int64(countLimit) { (rates + Int(count)).initialize(to: 65_536 * 5 / (5 * count + 8)) }
        return UnsafePointer(rates)
    }()
}
