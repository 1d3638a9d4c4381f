import Basics
import Datasets
import TensorCore

/// What goes into an input beside the samples of a batch.
public enum InputFill: Sendable, Hashable {
    /// The same number everywhere.
    case number(Int)
    /// Normal numbers, other ones in each batch and epoch.
    case normal
    /// Whole numbers from 0 up to below a count, likewise.
    case symbols(Int)
}

/// Batches of samples for one or several inputs, at the size that a network takes them.
public final class FeedBatches: Batches {
    /// What an input is.
    public struct Port: Sendable {
        public var elementType: ElementType
        public var shape: Shape

        public init(elementType: ElementType, shape: Shape) {
            self.elementType = elementType
            self.shape = shape
        }
    }

    public let batchSize: Int
    public let batchCount: Int
    public let isLabelled: Bool

    private let feeds: [SampleFeed]
    private let ports: [String: Port]
    private let fills: [String: InputFill]
    private let labels: [Int]?
    private let count: Int
    private let augmentation: Augmentation
    private let seed: UInt64
    private let isShuffled: Bool
    private let cache = OrderCache()

    /// `ports` are all inputs, those without a feed filled as `fills` says (zeros where it says nothing). Shuffled batches are whole ones, what
    /// is left over waits for another epoch; others hold every sample, and the last may repeat some that do not count.
    ///
    /// - Throws: where there are no samples, or what is to be changed like an image is none.
    public init(
        _ feeds: [SampleFeed], labels: [Int]?, ports: [String: Port], fills: [String: InputFill] = [:], batchSize: Int,
        augmentation: Augmentation = Augmentation(), seed: UInt64 = 0, isShuffled: Bool = true
    ) throws(TrainingError) {
        count = feeds.first?.source.count ?? 0
        guard batchSize > 0, count > 0 else { throw .data("there are no samples to train on") }
        self.feeds = feeds.map { SampleFeed(input: $0.input, source: ResidentSamples($0.source), batchAxis: $0.batchAxis) }
        self.ports = ports
        self.fills = fills
        self.labels = labels
        self.batchSize = batchSize
        batchCount = isShuffled ? max(1, count / batchSize) : (count + batchSize - 1) / batchSize
        isLabelled = labels != nil
        self.augmentation = isShuffled ? augmentation : Augmentation()
        self.seed = seed
        self.isShuffled = isShuffled
        guard !self.augmentation.isNothing, let feed = feeds.first else { return }
        guard Augmentation.Layout(feed.source.shape) != nil, ports[feed.input]?.elementType == .float32 else {
            throw .data("samples of \(feed.source.shape) for \(feed.input) are no images, so they cannot be moved and mirrored: leave that out")
        }
    }

    /// The samples of a batch; those behind `valid` repeat others.
    private func samples(_ batch: Int, epoch: Int) -> (samples: [Int], valid: Int) {
        let order = cache.order(epoch: isShuffled ? epoch : 0) { epoch in
            guard isShuffled else { return Array(0..<count) }
            var random = SeededRandom(seed: mixedSeed(seed, 1, UInt64(epoch)))
            return Array(0..<count).shuffled(using: &random)
        }
        let start = batch * batchSize
        return ((0..<batchSize).map { order[(start + $0) % count] }, min(batchSize, count - start))
    }

    public func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        let (samples, valid) = samples(batch, epoch: epoch)
        for feed in feeds {
            guard let bytes = inputs[feed.input], let port = ports[feed.input] else {
                throw .data("the network has no input \(feed.input) for the samples")
            }
            guard bytes.count == port.shape.count * port.elementType.byteCount else {
                throw .data("samples of \(feed.source.shape) do not fit the input \(feed.input)")
            }
            _ = feed.write(samples, into: bytes, shape: port.shape, elementType: port.elementType, batch: batchSize)
        }
        augment(batch, epoch, inputs)
        for (name, port) in ports where !feeds.contains(where: { $0.input == name }) {
            guard let bytes = inputs[name] else { continue }
            var random = SeededRandom(seed: mixedSeed(seed, 3, UInt64(epoch), UInt64(batch)))
            bytes.fill(fills[name] ?? .number(0), as: port.elementType, random: &random)
        }
        guard let labels else { return BatchTargets(valid: valid) }
        // In training too few samples stand in for a whole batch; elsewhere what repeats does not count.
        return BatchTargets(
            labels: samples.enumerated().map { $0 < valid || isShuffled ? Int32(truncatingIfNeeded: labels[$1]) : -1 }, valid: valid)
    }

    private func augment(_ batch: Int, _ epoch: Int, _ inputs: [String: UnsafeMutableRawBufferPointer]) {
        guard !augmentation.isNothing, let feed = feeds.first, let bytes = inputs[feed.input],
            let layout = Augmentation.Layout(feed.source.shape)
        else { return }
        let size = feed.source.shape.count
        let floats = bytes.assumingMemoryBound(to: Float.self)
        // Where samples are counted along a later axis, an image lies in as many pieces as there are elements before that.
        let pieces = feed.source.shape.dimensions.prefix(feed.batchAxis).reduce(1, *)
        let length = size / max(1, pieces)
        var random = SeededRandom(seed: mixedSeed(seed, 2, UInt64(epoch), UInt64(batch)))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * size) { both in
            let image = UnsafeMutableBufferPointer(rebasing: both[..<size])
            let work = UnsafeMutableBufferPointer(rebasing: both[size...])
            for position in 0..<batchSize {
                func place(_ piece: Int) -> Range<Int> {
                    let start = (piece * batchSize + position) * length
                    return start..<start + length
                }
                for piece in 0..<pieces { _ = image[piece * length..<(piece + 1) * length].update(fromContentsOf: floats[place(piece)]) }
                augmentation.apply(to: image, layout, random: &random, work: work)
                for piece in 0..<pieces { _ = floats[place(piece)].update(fromContentsOf: image[piece * length..<(piece + 1) * length]) }
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Fills an input of a type; what the type cannot hold becomes 0.
    public func fill(_ fill: InputFill, as type: ElementType, random: inout SeededRandom) {
        switch type {
        case .float32:
            for index in 0..<count / 4 {
                let value: Float
                switch fill {
                case .number(let number): value = Float(number)
                case .normal: value = Float(random.normal())
                case .symbols(let count): value = Float(Int.random(in: 0..<Swift.max(1, count), using: &random))
                }
                storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
            }
        case .int64: fillIntegers(fill, of: Int64.self, &random)
        case .int32: fillIntegers(fill, of: Int32.self, &random)
        default: initializeMemory(as: UInt8.self, repeating: fill == .number(1) ? 1 : 0)
        }
    }

    private func fillIntegers<Integer: FixedWidthInteger>(_ fill: InputFill, of _: Integer.Type, _ random: inout SeededRandom) {
        for index in 0..<count / MemoryLayout<Integer>.size {
            let value: Int
            switch fill {
            case .number(let number): value = number
            case .normal: value = Int.random(in: 0..<2, using: &random)
            case .symbols(let count): value = Int.random(in: 0..<Swift.max(1, count), using: &random)
            }
            storeBytes(of: Integer(truncatingIfNeeded: value), toByteOffset: index * MemoryLayout<Integer>.size, as: Integer.self)
        }
    }
}
