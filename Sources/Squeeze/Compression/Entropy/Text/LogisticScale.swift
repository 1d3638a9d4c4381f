/// Probabilities as log odds, ln(p / (1 − p)) in parts of 1/256, by integers alone.
enum LogisticScale {
    /// The greatest log odds, 12, and the smallest.
    static let limit = 3071

    /// A probability in parts of 2²² by its log odds: between multiples of one half, a straight line.
    @inline(__always)
    static func probability(_ odds: Int, _ points: UnsafePointer<Int32>) -> Int {
        let place = odds &+ 3072
        let start = points[place &>> 7]
        return Int(start &+ ((points[place &>> 7 &+ 1] &- start) &* Int32(truncatingIfNeeded: place & 127)) &>> 7)
    }

    /// 2²² / (1 + e^−x) for x = −12, −11.5, … 0, rounded; above it is 2²² less that of −x.
    private static let lower: [Int32] = [
        26, 42, 70, 115, 190, 314, 518, 853, 1407, 2319, 3821, 6296, 10_371, 17_071, 28_072, 46_083, 75_440, 122_944, 198_919,
        318_172, 499_973, 765_148, 1_128_022, 1_583_520, 2_097_152,
    ]

    /// All of them; allocated once, never written again and never freed.
    nonisolated(unsafe) static let points: UnsafePointer<Int32> = {
        let points = UnsafeMutablePointer<Int32>.allocate(capacity: 49)
        for (place, value) in lower.enumerated() {
            (points + place).initialize(to: value)
            if place < 24 { (points + 48 - place).initialize(to: 1 << 22 - value) }
        }
        return UnsafePointer(points)
    }()

    /// The smallest log odds whose probability is at least n parts of 4,096, for each n; allocated once, never written again and never
    /// freed.
    nonisolated(unsafe) static let odds: UnsafePointer<Int32> = {
        let odds = UnsafeMutablePointer<Int32>.allocate(capacity: 4096)
        odds.initialize(repeating: Int32(limit), count: 4096)
        var next = 0
        for value in -limit...limit {
            let last = probability(value, points) >> 10
            while next <= last {
                odds[next] = Int32(value)
                next += 1
            }
        }
        return UnsafePointer(odds)
    }()
}
