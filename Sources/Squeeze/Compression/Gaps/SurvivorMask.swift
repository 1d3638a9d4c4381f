/// Tells which of up to 64 neighbouring weights survive a cutoff, one bit a weight.
struct SurvivorMask {
    private let cutoff: UInt32
    private let below: SIMD4<Int32>

    init(_ cutoff: Cutoff) {
        self.cutoff = cutoff.pattern
        below = SIMD4(repeating: Int32(cutoff.pattern) - 1)
    }

    /// Bit i tells of weight i. `weights` points to 64.
    @inline(__always)
    func of64(_ weights: UnsafePointer<Float>) -> UInt64 {
        UInt64(of32(weights)) | UInt64(of32(weights + 32)) << 32
    }

    /// Bit i tells of weight i, for `count` < 64 weights.
    func of(_ weights: UnsafePointer<Float>, count: Int) -> UInt64 {
        var mask: UInt64 = 0
        for index in 0..<count where weights[index].bitPattern & 0x7fff_ffff >= cutoff { mask |= 1 << UInt64(index) }
        return mask
    }

    /// Calls `body` with the index of each survivor of a chunk, in order.
    @inline(__always)
    func forEachSurvivor(in weights: UnsafeBufferPointer<Float>, _ body: (Int) -> Void) {
        guard let base = weights.baseAddress else { return }
        var start = 0
        while start < weights.count {
            // Bounds: a mask has bits for the weights that are there only.
            var mask =
                start + 64 <= weights.count ? of64(base + start) : of(base + start, count: weights.count - start)
            while mask != 0 {
                body(start &+ mask.trailingZeroBitCount)
                mask &= mask &- 1
            }
            start += 64
        }
    }

    /// Eight vectors of four: vector g contributes bit 4g + lane in its lane, so that or-ing the vectors, then the four
    /// lanes, gathers the 32 bits.
    @inline(__always)
    private func of32(_ weights: UnsafePointer<Float>) -> UInt32 {
        let bytes = UnsafeRawPointer(weights)
        let magnitude = SIMD4<Int32>(repeating: 0x7fff_ffff)
        let lanes = SIMD4<UInt32>(1, 2, 4, 8)
        @inline(__always)
        func bits(_ group: Int) -> SIMD4<UInt32> {
            let vector = bytes.loadUnaligned(fromByteOffset: group * 16, as: SIMD4<Int32>.self) & magnitude
            let mask = unsafeBitCast(vector .> below, to: SIMD4<UInt32>.self)
            return mask & (lanes &<< UInt32(group * 4))
        }
        let gathered =
            (bits(0) | bits(1)) | (bits(2) | bits(3)) | ((bits(4) | bits(5)) | (bits(6) | bits(7)))
        let halves = unsafeBitCast(gathered, to: SIMD2<UInt64>.self)
        let half = halves[0] | halves[1]
        return UInt32(truncatingIfNeeded: half | half >> 32)
    }
}
