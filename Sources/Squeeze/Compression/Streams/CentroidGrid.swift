/// Centroids at multiples of a step: `below` levels under zero and `above` over it.
struct CentroidGrid: Hashable {
    var step: Float
    var below: Int
    var above: Int
    /// Whether the levels are those of a trellis.
    var isTrellis: Bool

    /// Number of centroids; zero is none.
    var clusters: Int { below + above }

    init(step: Float, below: Int, above: Int, isTrellis: Bool) {
        self.step = step
        self.below = below
        self.above = above
        self.isTrellis = isTrellis
    }

    /// Bytes in an entry.
    var byteCount: Int { 4 + LEB128.byteCount(below) + LEB128.byteCount(above) }

    var bytes: [UInt8] {
        withUnsafeBytes(of: step.bitPattern.littleEndian) { Array($0) } + LEB128.bytes(below) + LEB128.bytes(above)
    }

    /// The values of the levels but zero, ascending; of a trellis, those of its first quantizer.
    var centroids: [Float] {
        ((-below)...above).filter { $0 != 0 }.map { Float(Double(step) * Double($0)) }
    }

    /// Reads and checks it: every value must be a finite number.
    init(from cursor: inout ByteCursor, isTrellis: Bool) throws(StreamError) {
        let start = cursor.offset
        let stored = UnsafeRawBufferPointer(try cursor.take(4, .codebook))
        step = Float(bitPattern: UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self)))
        below = try cursor.number(.clusterCount)
        above = try cursor.number(.clusterCount)
        self.isTrellis = isTrellis
        let limit = EntropyConstrained.levelLimit + 2
        guard below <= limit, above <= limit, below + above <= 65_535, step > 0,
            (step * Float(max(below, above))).isFinite
        else { throw .invalid(part: .codebook, offset: start, found: below + above) }
    }
}
