import Basics
import Glibc
import TensorCore

/// A layer's weights as levels of a trellis.
struct TrellisLevels: Sendable {
    let step: Float
    /// One a weight, in the order in which they are stored.
    let levels: [Int16]
    /// Levels below zero down to this one, and above zero up to that one, occur.
    let below: Int
    let above: Int
    /// How often each code occurs: zero first, then the levels ascending without zero.
    let codeCounts: [Int]
    /// Σ(w − ŵ)², dropped weights included.
    let squaredError: Double

    /// Number of codes but zero.
    var clusters: Int { below + above }

    /// The code of a level.
    @inline(__always)
    func code(of level: Int16) -> Int { LevelOrder(negativeCount: below).code(of: Int32(level)) }
}

/// Codes 0…k and levels: code 0 is level 0, the codes of negative levels come first, in ascending order.
struct LevelOrder {
    var negativeCount: Int

    @inline(__always)
    func code(of level: Int32) -> Int {
        level == 0 ? 0 : Int(level) &+ negativeCount &+ (level < 0 ? 1 : 0)
    }

    @inline(__always)
    func level(of code: Int) -> Int32 {
        code == 0 ? 0 : Int32(truncatingIfNeeded: code &- negativeCount &- (code <= negativeCount ? 1 : 0))
    }
}

extension TrellisLevels {
    /// Blocks on which the bits of the levels are learned.
    private static let sampleLimit = 24
    private static let rounds = 2

    /// Quantizes a layer. Weights below the cutoff become zero; `start` prices the levels at first.
    init(
        _ weights: Tensor, cutoff: Cutoff, start: EntropyConstrained, cancellation: CancellationToken?
    ) throws(Cancelled) {
        let step = start.step
        let blockCount = (weights.count + TrellisCode.blockLength - 1) / TrellisCode.blockLength
        var bits = TrellisLevels.initialBits(start)
        // What the levels cost follows from how often they are taken, and that from what they cost.
        let stride = max(1, blockCount / TrellisLevels.sampleLimit)
        for _ in 0..<TrellisLevels.rounds {
            let sample = TrellisLevels.quantize(weights, step: step, cutoff, bits, everyBlock: stride, cancellation).frequencies
            try cancellation?.check()
            bits = TrellisLevels.bits(of: sample, atLeast: bits.count)
        }
        let result = TrellisLevels.quantize(weights, step: step, cutoff, bits, everyBlock: 1, cancellation)
        try cancellation?.check()
        self.init(result.levels, step: step, squaredError: result.error)
    }

    /// The levels of weights each of which is a value of the trellis already.
    init(settled weights: Tensor, step: Float) {
        var cursor = TrellisCursor(isTrellis: true)
        var error = 0.0
        var levels: [Int16] = []
        levels.reserveCapacity(weights.count)
        weights.forEachChunk { _, chunk in
            for weight in chunk {
                let shift: Float = cursor.quantizer == 1 && weight != 0 ? (weight < 0 ? -0.5 : 0.5) : 0
                let level = Int32((weight / step + shift).rounded())
                let offset = Double(weight) - Double(TrellisCode.value(level, cursor.quantizer, step: step))
                error += offset * offset
                levels.append(Int16(truncatingIfNeeded: level))
                cursor.pass(level)
            }
        }
        self.init(levels, step: step, squaredError: error)
    }

    private init(_ levels: [Int16], step: Float, squaredError: Double) {
        self.step = step
        self.levels = levels
        self.squaredError = squaredError
        var below = 0
        var above = 0
        for level in levels {
            below = max(below, -Int(level))
            above = max(above, Int(level))
        }
        self.below = below
        self.above = above
        var counts = [Int](repeating: 0, count: below + above + 1)
        let order = LevelOrder(negativeCount: below)
        for level in levels { counts[order.code(of: Int32(level))] += 1 }
        codeCounts = counts
    }

    /// The bits of each level in each quantizer, at level · 2 + quantizer; both alike at first.
    private static func initialBits(_ start: EntropyConstrained) -> [Double] {
        let rarest = (start.bits.max() ?? 0) + 1
        return (0..<start.bits.count + 2).flatMap { level in
            let bits = level < start.bits.count ? start.bits[level] : rarest
            return [bits, bits]
        }
    }

    /// −log₂ of the frequencies, at level · 2 + quantizer; a level that was not seen counts as half a weight.
    private static func bits(of frequencies: [Int], atLeast count: Int) -> [Double] {
        var bits = [Double](repeating: 0, count: max(count, frequencies.count))
        for quantizer in 0..<2 {
            var total = 0.0
            for index in stride(from: quantizer, to: bits.count, by: 2) {
                total += Double(index < frequencies.count ? frequencies[index] : 0) + 0.5
            }
            for index in stride(from: quantizer, to: bits.count, by: 2) {
                let seen = Double(index < frequencies.count ? frequencies[index] : 0) + 0.5
                bits[index] = log2(total / seen) + (index > 1 ? 1 : 0)
            }
        }
        return bits
    }

    /// What a worker has of its own.
    fileprivate struct Worker {
        var path: TrellisPath
        var frequencies: [Int]
    }

    /// Quantizes every so many blocks; the others' levels are zero.
    private static func quantize(
        _ weights: Tensor, step: Float, _ cutoff: Cutoff, _ bits: [Double], everyBlock stride: Int,
        _ cancellation: CancellationToken?
    ) -> (levels: [Int16], frequencies: [Int], error: Double) {
        let length = TrellisCode.blockLength
        let blockCount = (weights.count + length - 1) / length
        var errors = [Double](repeating: 0, count: blockCount)
        var workers: [Worker] = []
        let kept = stride == 1 ? weights.count : length
        let levels = [Int16](unsafeUninitializedCapacity: max(1, stride == 1 ? kept : blockCount * length)) { buffer, count in
            count = stride == 1 ? weights.count : 0
            guard let base = buffer.baseAddress else { return }
            errors.withUnsafeMutableBufferPointer { errors in
                // Each block writes its own levels and its own error only.
                nonisolated(unsafe) let (levels, errors) = (base, errors)
                workers = inPieces(
                    of: length, count: weights.count, cancellation: cancellation,
                    makeState: {
                        Worker(
                            path: TrellisPath(step: step, cutoff: cutoff, bits: bits),
                            frequencies: [Int](repeating: 0, count: bits.count))
                    }
                ) { worker, block, range in
                    guard block % stride == 0 else { return }
                    let block = levels + range.lowerBound
                    weights.withContiguousFloats(in: range) { floats in
                        worker.path.levels(of: floats, into: block)
                        errors[range.lowerBound / length] = worker.tally(floats, block, step: step)
                    }
                }
            }
        }
        var frequencies = [Int](repeating: 0, count: bits.count)
        for worker in workers {
            for index in frequencies.indices { frequencies[index] += worker.frequencies[index] }
        }
        return (levels, frequencies, errors.reduce(0, +))
    }
}

extension TrellisLevels.Worker {
    /// Counts the levels of a block and adds up its error.
    fileprivate mutating func tally(
        _ weights: UnsafeBufferPointer<Float>, _ levels: UnsafePointer<Int16>, step: Float
    ) -> Double {
        var state = 0
        var error = 0.0
        for index in weights.indices {
            let level = Int32(levels[index])
            let quantizer = TrellisCode.quantizer(state)
            let offset = Double(weights[index]) - Double(TrellisCode.value(level, quantizer, step: step))
            error += offset * offset
            frequencies[Int(level.magnitude) * 2 + quantizer] += 1
            state = TrellisCode.next(state, level)
        }
        return error
    }
}

extension Tensor {
    /// Calls `body` once with the elements of a range, copied where they do not lie together as float32.
    fileprivate func withContiguousFloats(in range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { copy in
            forEachChunk(in: range) { offset, chunk in
                // Bounds: the chunks of a range lie within it.
                for index in chunk.indices { copy[offset - range.lowerBound + index] = chunk[index] }
            }
            body(UnsafeBufferPointer(copy))
        }
    }
}
