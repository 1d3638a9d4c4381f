import Basics
import Dispatch
import Glibc
import TensorCore

/// Weights as trained layers have them, sharply peaked at zero: Laplace-distributed, seeded.
enum LaplaceWeights {
    /// Numbers each seed of its own draws, so that the pieces can be drawn side by side.
    private static let pieceLength = 1 << 20

    /// `count` numbers; `scale` is their mean magnitude.
    static func tensor(_ shape: Shape, scale: Double, seed: UInt64 = 1) -> Tensor {
        let count = shape.count
        let bytes = [UInt8](unsafeUninitializedCapacity: count * 4) { buffer, initializedCount in
            // Bounds: the pieces tile 0..<count, each written by one iteration only; the capacity is count × 4 bytes.
            nonisolated(unsafe) let floats = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: Float.self)
            DispatchQueue.concurrentPerform(iterations: (count + pieceLength - 1) / pieceLength) { piece in
                var random = SeededRandom(seed: seed &+ UInt64(piece))
                for index in piece * pieceLength..<min((piece + 1) * pieceLength, count) {
                    floats[index] = Float(random.laplace() * scale)
                }
            }
            initializedCount = count * 4
        }
        return Tensor(shape: shape, elementType: .float32, storage: .owned(bytes))
    }
}

extension SeededRandom {
    /// Laplace-distributed with mean 0 and mean magnitude 1.
    fileprivate mutating func laplace() -> Double {
        let magnitude = -log(1 - uniform())
        return next() & 1 == 0 ? magnitude : -magnitude
    }
}
