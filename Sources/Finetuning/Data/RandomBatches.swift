import TensorCore
import Training

/// Normal numbers for every input of a network that makes something of them; other ones in each epoch.
public struct RandomBatches: Batches {
    public let batchSize: Int
    public let batchCount: Int
    public var isLabelled: Bool { false }
    private let seed: UInt64

    /// Batches whose numbers follow from a seed, the batch and the epoch.
    public init(batchSize: Int, batchCount: Int, seed: UInt64) {
        self.batchSize = batchSize
        self.batchCount = batchCount
        self.seed = seed
    }

    public func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        for (position, (_, bytes)) in inputs.sorted(by: { $0.key < $1.key }).enumerated() {
            var random = SeededRandom(seed: seed)
            for part in [position, epoch, batch] {
                random = SeededRandom(seed: random.next() ^ UInt64(truncatingIfNeeded: part))
            }
            // Bounds: the input holds as many float32 numbers as fit its bytes.
            for index in 0..<bytes.count / 4 {
                bytes.storeBytes(of: Float(random.normal()), toByteOffset: index * 4, as: Float.self)
            }
        }
        return BatchTargets()
    }
}
