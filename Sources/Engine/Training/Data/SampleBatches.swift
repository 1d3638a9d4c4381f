import Basics
import Datasets

/// Batches of independent samples, shuffled anew for each epoch; what is left over after the last whole batch waits for another.
public final class SampleBatches: Batches {
    public let batchSize: Int
    public let batchCount: Int
    public let isLabelled: Bool
    /// The samples drawn from, as positions in the source.
    public let samples: [Int]

    private let source: any SampleSource
    private let labels: [Int]?
    private let inputName: String?
    private let augmentation: Augmentation
    private let seed: UInt64
    private let isShuffled: Bool
    /// All samples as numbers, where they fit into memory.
    private let resident: [Float]?

    private static let residentLimit = 1 << 30

    /// Batches for the input `input` (the network's only one where nil). `samples` restricts them to a part; `isShuffled` false gives
    /// them in order and leaves images as they are.
    ///
    /// - Throws: where there are not enough samples for one batch.
    public init(
        _ source: any SampleSource, batchSize: Int, input: String? = nil, samples: [Int]? = nil,
        augmentation: Augmentation = Augmentation(), seed: UInt64 = 0, isShuffled: Bool = true
    ) throws(TrainingError) {
        let samples = samples ?? Array(0..<source.count)
        guard batchSize > 0, samples.count >= batchSize else {
            throw .data("\(samples.count) samples do not fill a batch of \(batchSize)")
        }
        guard samples.allSatisfy({ (0..<source.count).contains($0) }) else {
            throw .data("a sample lies outside of the \(source.count) there are")
        }
        self.source = source
        self.samples = samples
        self.batchSize = batchSize
        batchCount = samples.count / batchSize
        labels = source.labels
        isLabelled = source.labels != nil
        inputName = input
        self.augmentation = isShuffled ? augmentation : Augmentation()
        self.seed = seed
        self.isShuffled = isShuffled
        let count = source.shape.count
        if source.count * count * 4 <= Self.residentLimit {
            resident = [Float](unsafeUninitializedCapacity: source.count * count) { buffer, initialized in
                var start = 0
                while start < source.count {
                    let end = min(start + 256, source.count)
                    _ = source.read(
                        start..<end, into: UnsafeMutableBufferPointer(rebasing: buffer[start * count..<end * count]))
                    start = end
                }
                initialized = source.count * count
            }
        } else {
            resident = nil
        }
    }

    /// The order of the samples in an epoch.
    func order(epoch: Int) -> [Int] {
        guard isShuffled else { return samples }
        var random = SeededRandom(seed: mixedSeed(seed, 1, UInt64(epoch)))
        return samples.shuffled(using: &random)
    }

    private let cache = OrderCache()

    public func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        guard let input = inputName.map({ inputs[$0] }) ?? (inputs.count == 1 ? inputs.first?.value : nil) else {
            throw .data("the network has no input \(inputName ?? "of its own") for the samples")
        }
        let count = source.shape.count
        let floats = input.assumingMemoryBound(to: Float.self)
        guard floats.count == batchSize * count else {
            throw .data("samples of \(source.shape) do not fit an input of \(floats.count / batchSize) numbers each")
        }
        let order = cache.order(epoch: epoch) { self.order(epoch: $0) }
        var found: [Int32] = []
        found.reserveCapacity(batchSize)
        var random = SeededRandom(seed: mixedSeed(seed, 2, UInt64(epoch), UInt64(batch)))
        let work = UnsafeMutableBufferPointer<Float>.allocate(capacity: augmentation.isNothing ? 0 : count)
        defer { work.deallocate() }
        let layout = source.shape.rank == 3 ? Augmentation.Layout(source.shape) : nil
        for position in 0..<batchSize {
            let sample = order[batch * batchSize + position]
            let place = UnsafeMutableBufferPointer(rebasing: floats[position * count..<(position + 1) * count])
            if let resident {
                resident.withUnsafeBufferPointer { _ = place.update(fromContentsOf: $0[sample * count..<(sample + 1) * count]) }
            } else {
                _ = source.read(sample..<sample + 1, into: place)
            }
            if !augmentation.isNothing, let layout { augmentation.apply(to: place, layout, random: &random, work: work) }
            if let labels { found.append(Int32(truncatingIfNeeded: labels[sample])) }
        }
        return BatchTargets(labels: labels == nil ? nil : found)
    }
}
