import Basics

/// Training data in batches of one size, in an order that follows from the epoch.
public protocol Batches: Sendable {
    /// Whole batches in an epoch.
    var batchCount: Int { get }
    /// Samples of a batch, as progress counts them.
    var batchSize: Int { get }
    /// Whether batches come with labels, or with targets.
    var isLabelled: Bool { get }

    /// Writes a batch into the network's inputs, by name; what it is to be compared with is returned. Called with the same numbers it writes the
    /// same bytes.
    func read(batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]) throws(TrainingError) -> BatchTargets
}

/// What a batch's outputs are compared with.
public struct BatchTargets: Sendable {
    /// One class a vector of scores; below 0 where it does not count.
    public var labels: [Int32]?
    /// As many numbers as the output has.
    public var values: [Float]?
    /// Samples that count, from the first on; nil for all.
    public var valid: Int?

    public init(labels: [Int32]? = nil, values: [Float]? = nil, valid: Int? = nil) {
        self.labels = labels
        self.values = values
        self.valid = valid
    }
}

/// Mixes seeds and counters into a seed, so that what is random at a place does not depend on how training came there.
func mixedSeed(_ seed: UInt64, _ parts: UInt64...) -> UInt64 {
    var result = seed
    for part in parts {
        var random = SeededRandom(seed: result ^ (part &+ 0x9e37_79b9_7f4a_7c15))
        result = random.next()
    }
    return result
}
