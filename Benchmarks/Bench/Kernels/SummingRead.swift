import TensorCore

/// The yardstick for a pass over weights: one thread that only adds them up, as fast as vector instructions allow.
enum SummingRead {
    private typealias Lane = SIMD16<Float>

    /// The sum of all elements, in 64 interleaved partial sums. The tensor must hold float32.
    static func sum(of tensor: Tensor) -> Float {
        precondition(tensor.elementType == .float32)
        return tensor.storage.withUnsafeBytes { bytes in
            // Bounds: `step` divides `vectorized`, which is at most the byte count; the tail is read float by float.
            let width = MemoryLayout<Lane>.size
            let step = 4 * width
            let vectorized = bytes.count / step * step
            var (a, b, c, d) = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)
            var offset = 0
            while offset < vectorized {
                a += bytes.loadUnaligned(fromByteOffset: offset, as: Lane.self)
                b += bytes.loadUnaligned(fromByteOffset: offset + width, as: Lane.self)
                c += bytes.loadUnaligned(fromByteOffset: offset + 2 * width, as: Lane.self)
                d += bytes.loadUnaligned(fromByteOffset: offset + 3 * width, as: Lane.self)
                offset += step
            }
            var sum = (a + b + (c + d)).sum()
            while offset < bytes.count {
                sum += bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)
                offset += 4
            }
            return sum
        }
    }
}
