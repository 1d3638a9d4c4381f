/// Reads what `RangeEncoder` wrote.
///
/// It holds the fraction's distance from the interval's low end: at the start the first four bytes. A bit is a 1 when that
/// distance is below the bound; whenever the range falls below 2²⁴ another byte enters. Behind the end there are zeros.
struct RangeDecoder: BinaryCoder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var distance: UInt32 = 0
    private var range: UInt32 = .max
    private let rates = AdaptiveBit.rates

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        for _ in 0..<4 { distance = distance << 8 | UInt32(nextByte()) }
    }

    /// Whether no byte of the stream was left unread, as in a stream that belongs to what was decoded.
    var isAtEnd: Bool { position >= bytes.count }

    @inline(__always)
    mutating func code(_ bit: Int, _ expectation: inout AdaptiveBit) -> Int {
        let bit = code(bit, probability: expectation.probability)
        expectation.learn(bit, rates)
        return bit
    }

    @inline(__always)
    mutating func code(_: Int, probability: UInt32) -> Int {
        let bound = UInt32(truncatingIfNeeded: (UInt64(range) &* UInt64(probability)) &>> 22)
        let bit: Int
        if distance < bound {
            range = bound
            bit = 1
        } else {
            distance &-= bound
            range &-= bound
            bit = 0
        }
        fill()
        return bit
    }

    @inline(__always)
    mutating func codeEvenly(_: Int, count: Int) -> Int {
        var bits = 0
        for _ in 0..<count {
            range >>= 1
            let isUpper = distance >= range
            if isUpper { distance &-= range }
            bits = bits << 1 | (isUpper ? 1 : 0)
            fill()
        }
        return bits
    }

    @inline(__always)
    private mutating func fill() {
        while range < 1 << 24 {
            distance = distance << 8 | UInt32(nextByte())
            range <<= 8
        }
    }

    private mutating func nextByte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }
}
