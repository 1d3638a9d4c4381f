/// The geometry of one bin: the float32 numbers that share their upper 16 bits (sign, exponent, 7 bits of mantissa).
///
/// Within a bin w = ±unit·(base + low), where low is the lower half of the pattern. Sums over a bin therefore follow
/// exactly from three integers: the count, Σlow and Σlow². The two bins around zero, 0x0000 and 0x8000, count as one
/// (|w| < 2⁻¹³³), so that −0 and +0 are the same value.
struct WeightBin {
    /// The upper 16 bits of the pattern.
    let index: UInt16

    var isNegative: Bool { index & 0x8000 != 0 }

    /// The bin of the magnitudes, 0…0x7fff.
    var magnitude: Int { Int(index & 0x7fff) }

    /// The mantissa of the bin's smallest magnitude, in units.
    var base: UInt64 {
        let exponent = index >> 7 & 0xff
        let mantissa = UInt64(index & 0x7f)
        return (exponent == 0 ? mantissa : mantissa | 0x80) << 16
    }

    /// The value of the last place of the mantissa, a power of two.
    var unit: Double {
        let exponent = Int(index >> 7 & 0xff)
        return Double(sign: .plus, exponent: max(exponent, 1) - 150, significand: 1)
    }

    /// The smallest magnitude of the bin, and the smallest of the bin above.
    var magnitudes: Range<Double> {
        let lower = Double(base) * unit
        return lower..<lower + 65_536 * unit
    }

    /// The number at `low` in the bin.
    func value(low: UInt16) -> Float { Float(bitPattern: UInt32(index) << 16 | UInt32(low)) }
}

/// Three exact integers from which a set of weights of one bin gets its sums.
struct LowMoments: Hashable {
    var count = 0
    /// Σ of the lower 16 bits of the patterns.
    var sum: UInt64 = 0
    /// Σ of their squares; exact for up to 2³² weights.
    var squares: UInt64 = 0

    static func + (a: LowMoments, b: LowMoments) -> LowMoments {
        LowMoments(count: a.count + b.count, sum: a.sum + b.sum, squares: a.squares + b.squares)
    }

    static func - (a: LowMoments, b: LowMoments) -> LowMoments {
        LowMoments(count: a.count - b.count, sum: a.sum - b.sum, squares: a.squares - b.squares)
    }

    /// Σ(low − mean)², rounded once: the difference of the products is formed in 128 bits.
    var spread: Double {
        guard count > 1 else { return 0 }
        let large = UInt64(count).multipliedFullWidth(by: squares)
        let small = sum.multipliedFullWidth(by: sum)
        let (low, borrow) = large.low.subtractingReportingOverflow(small.low)
        let high = large.high - small.high - (borrow ? 1 : 0)
        return (Double(high) * 0x1p64 + Double(low)) / Double(count)
    }

    /// The mean of the lower halves.
    var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }
}

/// What a table keeps of the weights of one bin, as numbers.
struct BinSummary {
    var index: UInt16
    var count: Int
    var mean: Double
    /// Σ(w − mean)² within the bin.
    var spread: Double
    /// The lower halves of the patterns that belong to it, where a bin was divided; a power of two of them.
    var lows: ClosedRange<UInt16> = 0...0xffff

    /// The ranks of the weights that may lie in it; the bin around zero, as long as it is whole, has both signs.
    var ranks: ClosedRange<Int32> {
        let magnitude = Int32(index & 0x7fff) << 16
        let (first, last) = (magnitude | Int32(lows.lowerBound), magnitude | Int32(lows.upperBound))
        if index == 0, lows.count == 1 << 16 { return -last...last }
        return index & 0x8000 == 0 ? first...last : -last ... -first
    }

    /// How often it can be halved; the bin around zero never is.
    var divisibility: Int { index == 0 ? 0 : lows.count.trailingZeroBitCount }

    /// Whether it holds values that differ and could be told apart.
    var isDivisible: Bool { spread > 0 && divisibility > 0 }

    /// From its least value to its greatest.
    var width: Double { Double(lows.count) * WeightBin(index: index).unit }

    /// Weights of one value.
    init(rank: Int32, count: Int) {
        let pattern = rank < 0 ? UInt32(-rank) | 0x8000_0000 : UInt32(rank)
        self.init(index: UInt16(pattern >> 16), count: count, mean: Double(Float(bitPattern: pattern)), spread: 0)
        lows = UInt16(truncatingIfNeeded: pattern)...UInt16(truncatingIfNeeded: pattern)
    }

    /// Σw.
    var sum: Double { Double(count) * mean }

    /// Σw².
    var power: Double { spread + Double(count) * mean * mean }

    init(index: UInt16, count: Int, mean: Double, spread: Double) {
        self.index = index
        self.count = count
        self.mean = mean
        self.spread = spread
    }

    /// Sums of a bin from its integers.
    init(_ bin: WeightBin, _ moments: LowMoments) {
        let unit = bin.unit
        let magnitude = (Double(bin.base) + moments.mean) * unit
        index = bin.index
        count = moments.count
        mean = bin.isNegative ? -magnitude : magnitude
        spread = moments.spread * unit * unit
    }

    /// The bin around zero, from its two halves.
    init(zero positive: LowMoments, _ negative: LowMoments) {
        let unit = WeightBin(index: 0).unit
        let count = positive.count + negative.count
        let mean = count == 0 ? 0 : (Double(positive.sum) - Double(negative.sum)) / Double(count)
        let offsets = (positive.mean - mean, -negative.mean - mean)
        self.index = 0
        self.count = count
        self.mean = mean * unit
        spread =
            (positive.spread + Double(positive.count) * offsets.0 * offsets.0 + negative.spread
                + Double(negative.count) * offsets.1 * offsets.1) * unit * unit
    }
}
