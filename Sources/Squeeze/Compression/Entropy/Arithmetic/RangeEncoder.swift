/// Writes bits as one long binary fraction: each narrows an interval in proportion to its probability (Martin 1979; with
/// carries held back as in the LZMA format).
///
///     start    low = 0, range = 2³² − 1
///     a bit    bound = ⌊range · p / 2²²⌋, p being the probability of a 1; a 1 takes the interval's lower part: range = bound;
///              a 0 the upper: low += bound, range −= bound
///     evenly   range = ⌊range / 2⌋; a 1 takes the upper part: low += range
///     then     while range < 2²⁴: the top byte of low goes out (with its carry), low and range grow by 8 bits
///     end      the number in low..<low + range that has the most trailing zeros goes out; zero bytes at the end of the
///              stream are left out, for a decoder finds zeros behind the end
struct RangeEncoder: BinaryCoder {
    /// The stream so far; empty while bytes are only counted.
    private(set) var bytes: [UInt8] = []
    /// Bytes up to the last one that is not zero.
    private(set) var byteCount = 0
    private let keepsBytes: Bool
    private var low: UInt64 = 0
    private var range: UInt32 = .max
    /// The last byte that a carry may still reach, and how many bytes of 255 follow it; −1 before the first.
    private var held: UInt8 = 0
    private var heldOnes = 0
    private var hasHeld = false
    private var written = 0
    private let rates = AdaptiveBit.rates

    /// With `keepsBytes` false the stream is not stored, only measured.
    init(keepsBytes: Bool = true) { self.keepsBytes = keepsBytes }

    @inline(__always)
    mutating func code(_ bit: Int, _ expectation: inout AdaptiveBit) -> Int {
        defer { expectation.learn(bit, rates) }
        return code(bit, probability: expectation.probability)
    }

    @inline(__always)
    mutating func code(_ bit: Int, probability: UInt32) -> Int {
        let bound = UInt32(truncatingIfNeeded: (UInt64(range) &* UInt64(probability)) &>> 22)
        if bit != 0 {
            range = bound
        } else {
            low &+= UInt64(bound)
            range &-= bound
        }
        while range < 1 << 24 { shift() }
        return bit
    }

    @inline(__always)
    mutating func codeEvenly(_ bits: Int, count: Int) -> Int {
        for position in stride(from: count &- 1, through: 0, by: -1) {
            range >>= 1
            if bits >> position & 1 != 0 { low &+= UInt64(range) }
            while range < 1 << 24 { shift() }
        }
        return bits
    }

    /// Ends the stream.
    mutating func finish() {
        // The widest multiple of a power of two inside the interval.
        var end = low
        for zeros in stride(from: UInt64(32), through: 0, by: -1) {
            let unit: UInt64 = 1 << zeros
            let candidate = (low + unit - 1) & ~(unit - 1)
            if candidate < low + UInt64(range) {
                end = candidate
                break
            }
        }
        low = end
        for _ in 0..<5 { shift() }
        if keepsBytes { bytes.removeSubrange(byteCount...) }
    }

    private mutating func shift() {
        let carry = UInt8(truncatingIfNeeded: low >> 32)
        if low < 0xff00_0000 || carry != 0 {
            if hasHeld { append(held &+ carry) }
            for _ in 0..<heldOnes { append(0xff &+ carry) }
            heldOnes = 0
            held = UInt8(truncatingIfNeeded: low >> 24)
            hasHeld = true
        } else {
            heldOnes += 1
        }
        low = (low & 0x00ff_ffff) << 8
        range <<= 8
    }

    private mutating func append(_ byte: UInt8) {
        written += 1
        if byte != 0 { byteCount = written }
        if keepsBytes { bytes.append(byte) }
    }
}
