import Basics
import TensorCore

/// How far samples are from a set of others: the mean distance between the two along random directions (sliced Wasserstein distance:
/// Rabin, Peyré, Delon, Bernot 2011), of whole samples and, of images, of patches in them (Karras and others 2018).
public struct SlicedDistance: Sendable {
    private static let directionCount = 128
    private static let patchSide = 7
    private static let patchesPerImage = 4

    private let shape: Shape
    private let count: Int
    private let seed: UInt64
    /// Sorted, by direction; whole samples, then patches.
    private let wanted: [[[Float]]]

    /// `samples` holds `count` samples of a shape (without the batch), one after the other.
    public init(to samples: [Float], count: Int, shape: Shape, seed: UInt64 = 0) {
        self.shape = shape
        self.count = count
        self.seed = seed
        wanted = Self.projections(samples, count, shape, seed)
    }

    /// 0 for the same samples in any order; infinite where they hold NaN. There must be as many as were given first.
    public func distance(of samples: [Float]) -> Double {
        precondition(samples.count == count * shape.count, "\(samples.count) numbers for \(count) samples of \(shape)")
        guard samples.allSatisfy(\.isFinite) else { return .infinity }
        var total = 0.0
        for (own, other) in zip(Self.projections(samples, count, shape, seed), wanted) {
            for (first, second) in zip(own, other) {
                let sum = zip(first, second).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) }
                total += sum / Double(first.count * own.count)
            }
        }
        return total
    }

    private static func projections(_ samples: [Float], _ count: Int, _ shape: Shape, _ seed: UInt64) -> [[[Float]]] {
        precondition(samples.count == count * shape.count, "\(samples.count) numbers for \(count) samples of \(shape)")
        var found = [project(samples, width: shape.count, seed: mixedSeed(seed, 1))]
        if shape.rank == 3, shape[1] > patchSide, shape[2] > patchSide {
            let patches = patches(samples, count, shape, seed: mixedSeed(seed, 2))
            found.append(project(patches, width: shape[0] * patchSide * patchSide, seed: mixedSeed(seed, 3)))
        }
        return found
    }

    private static func patches(_ samples: [Float], _ count: Int, _ shape: Shape, seed: UInt64) -> [Float] {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        var random = SeededRandom(seed: seed)
        var found: [Float] = []
        found.reserveCapacity(count * patchesPerImage * channels * patchSide * patchSide)
        for sample in 0..<count {
            for _ in 0..<patchesPerImage {
                let top = Int(random.next() % UInt64(height - patchSide + 1))
                let left = Int(random.next() % UInt64(width - patchSide + 1))
                for channel in 0..<channels {
                    for row in top..<top + patchSide {
                        let start = ((sample * channels + channel) * height + row) * width + left
                        found.append(contentsOf: samples[start..<start + patchSide])
                    }
                }
            }
        }
        return found
    }

    /// Vectors of `width` numbers along random unit directions, sorted in each.
    private static func project(_ vectors: [Float], width: Int, seed: UInt64) -> [[Float]] {
        var random = SeededRandom(seed: seed)
        let count = vectors.count / max(1, width)
        return (0..<directionCount).map { _ in
            var direction = (0..<width).map { _ in Float(random.normal()) }
            let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for index in direction.indices { direction[index] /= length }
            return vectors.withUnsafeBufferPointer { vectors in
                direction.withUnsafeBufferPointer { direction in
                    (0..<count).map { vector in
                        // Eight sums side by side, which a vector register holds.
                        var sums = SIMD8<Float>.zero
                        let start = vector * width
                        var index = 0
                        while index + 8 <= width {
                            var (left, right) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
                            for lane in 0..<8 {
                                left[lane] = vectors[start + index + lane]
                                right[lane] = direction[index + lane]
                            }
                            sums += left * right
                            index += 8
                        }
                        var sum = sums.sum()
                        while index < width {
                            sum += vectors[start + index] * direction[index]
                            index += 1
                        }
                        return sum
                    }
                }
            }.sorted()
        }
    }
}
