import Basics
import Training

/// Normal numbers for every input of a network that makes something of them; other ones in each epoch.
public struct RandomBatches: Batches {
    public let batchSize: Int
    public let batchCount: Int
    public var isLabelled: Bool { false }
    private let seed: UInt64
    /// What inputs are, and what goes into them, where they do not all take normal numbers.
    private let ports: [String: FeedBatches.Port]
    private let fills: [String: InputFill]

    /// Batches whose numbers follow from a seed, the batch and the epoch.
    public init(
        batchSize: Int, batchCount: Int, seed: UInt64, ports: [String: FeedBatches.Port] = [:], fills: [String: InputFill] = [:]
    ) {
        self.ports = ports
        self.fills = fills
        self.batchSize = batchSize
        self.batchCount = batchCount
        self.seed = seed
    }

    public func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        for (position, (name, bytes)) in inputs.sorted(by: { $0.key < $1.key }).enumerated() {
            var random = SeededRandom(seed: seed)
            for part in [position, epoch, batch] {
                random = SeededRandom(seed: random.next() ^ UInt64(truncatingIfNeeded: part))
            }
            bytes.fill(fills[name] ?? .normal, as: ports[name]?.elementType ?? .float32, random: &random)
        }
        return BatchTargets()
    }
}
