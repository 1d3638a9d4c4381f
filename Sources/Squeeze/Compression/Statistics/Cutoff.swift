/// A pruning threshold as the float32 pattern of the smallest magnitude that survives it.
///
/// For non-negative floats the order of the patterns is the order of the numbers, so |w| < threshold, compared as real
/// numbers, is exactly `magnitude(w) < pattern`, compared as integers.
struct Cutoff: Hashable, Comparable {
    /// 0 keeps every weight; 0x7f80_0000 (infinity) drops every finite one.
    let pattern: UInt32

    static let keepsAll = Cutoff(pattern: 0)
    /// The least one that drops zeros, which lies inside the bin around zero.
    static let dropsZeros = Cutoff(pattern: 1)
    /// The lower edge of the first bin above the one around zero.
    static let dropsBinAroundZero = Cutoff(pattern: 0x1_0000)
    static let dropsAll = Cutoff(pattern: 0x7f80_0000)

    init(pattern: UInt32) {
        precondition(pattern <= 0x7f80_0000, "a cutoff is a magnitude, not \(pattern)")
        self.pattern = pattern
    }

    /// The cutoff of a threshold in float64: the least float32 that is not below it.
    init(threshold: Double) {
        guard threshold > 0 else {
            self = .keepsAll
            return
        }
        let nearest = Float(threshold)
        self.init(pattern: (Double(nearest) < threshold ? nearest.nextUp : nearest).bitPattern)
    }

    static func < (a: Cutoff, b: Cutoff) -> Bool { a.pattern < b.pattern }

    /// The magnitude bin the cutoff lies in, 0…0x7f80.
    var bin: Int { Int(pattern >> 16) }

    /// Where in its bin it lies: weights of the bin whose lower 16 bits are less are dropped.
    var low: UInt32 { pattern & 0xffff }

    /// Whether the cutoff is the lower edge of its bin, so that no bin is split.
    var isAligned: Bool { low == 0 }

    /// The smallest magnitude that survives, as a number.
    var magnitude: Double { Double(Float(bitPattern: pattern)) }
}
