import Datasets
import Execution
import Synchronization
import TensorCore

/// Independent samples, in an order shuffled by a seed, so that the first of them stand for all.
final class SampleWorkload: Workload {
    let source: any SampleSource
    let sampleCount: Int
    let runCount: Int
    let samplesPerRun: Int
    private let order: [Int]
    private let network: Network
    /// Samples of the run that could not be read, by run.
    private let unreadable = Mutex<[Int: Set<Int>]>([:])

    init(_ source: any SampleSource, network: Network, limit: Int?, seed: UInt64) {
        self.source = source
        self.network = network
        var random = SeededRandom(seed: seed)
        let all = Array(0..<source.count).shuffled(using: &random)
        order = limit.map { Array(all.prefix($0)) } ?? all
        sampleCount = order.count
        samplesPerRun = network.batch
        runCount = (order.count + network.batch - 1) / network.batch
    }

    private func samples(_ run: Int) -> ArraySlice<Int> {
        order[run * samplesPerRun..<min(order.count, (run + 1) * samplesPerRun)]
    }

    func load(_ run: Int, into instance: Instance) {
        network.clearStates(of: instance)
        network.fillRandom(instance, seed: UInt64(run))
        guard let input = network.dataInput else { return }
        let buffer = instance.input(input).assumingMemoryBound(to: Float.self)
        let size = source.shape.count
        var failed: Set<Int> = []
        for (position, sample) in samples(run).enumerated() {
            // Bounds: the input holds `batch` samples of `size` numbers, which the plan has checked.
            let place = UnsafeMutableBufferPointer(rebasing: buffer[position * size..<(position + 1) * size])
            if !source.read(sample..<sample + 1, into: place).isEmpty { failed.insert(position) }
        }
        for position in samples(run).count * size..<buffer.count { buffer[position] = 0 }
        if !failed.isEmpty { unreadable.withLock { $0[run] = failed } }
    }

    func rows(_ run: Int) -> RunRows {
        let failed = unreadable.withLock { $0[run] ?? [] }
        let samples = samples(run)
        let rows = samples.indices.map { $0 - samples.startIndex }.filter { !failed.contains($0) }
        let labels = source.labels.map { labels in rows.map { labels[samples[samples.startIndex + $0]] } }
        return RunRows(rows: rows, labels: labels ?? [], skipped: failed.count)
    }
}

/// Seeded random inputs, for networks without data: nearly normal numbers, and symbols drawn evenly.
struct RandomWorkload: Workload {
    let sampleCount: Int
    let runCount: Int
    let samplesPerRun: Int
    private let network: Network
    private let seed: UInt64
    /// Rows of the output that one sequence (or sample) yields.
    private let rowsPerSample: Int

    /// Samples of a small network, and the multiply-accumulates that all may take together.
    static let largestCount = 1024
    private static let leastCount = 64
    private static let costLimit = 300_000_000_000

    /// `time` is the length of the random sequences, for networks that take symbols.
    init(network: Network, time: Int?, limit: Int?, seed: UInt64, largestCount: Int = largestCount) {
        self.network = network
        self.seed = seed
        rowsPerSample = time ?? 1
        let cost = max(1, network.program.cost(before: network.program.stepCount) / network.batch)
        let count = limit.map { max(1, $0 / (time ?? 1)) } ?? max(Self.leastCount, min(largestCount, Self.costLimit / cost))
        sampleCount = count * rowsPerSample
        samplesPerRun = network.batch * rowsPerSample
        runCount = (count + network.batch - 1) / network.batch
    }

    func load(_ run: Int, into instance: Instance) {
        network.clearStates(of: instance)
        network.fillRandom(instance, seed: seed &+ UInt64(run))
        guard let input = network.dataInput, network.program.inputs[input].elementType == .float32 else { return }
        network.fillRandom(instance, input, seed: (seed &+ UInt64(run)) &* 31 &+ 7)
    }

    func rows(_ run: Int) -> RunRows {
        let sequences = min(network.batch, sampleCount / rowsPerSample - run * network.batch)
        var rows: [Int] = []
        for sequence in 0..<sequences {
            for step in 0..<rowsPerSample {
                rows.append(network.plan.batchAxis == 1 ? step * network.batch + sequence : sequence * rowsPerSample + step)
            }
        }
        return RunRows(rows: rows)
    }
}

extension Network {
    /// Lets a run begin without a past.
    func clearStates(of instance: Instance) {
        for state in states { instance.input(state.input).initializeMemory(as: UInt8.self, repeating: 0) }
    }

    func fillRandom(_ instance: Instance, seed: UInt64) {
        for input in randomInputs { fillRandom(instance, input, seed: seed &* 131 &+ UInt64(input)) }
    }

    /// Normal numbers, or integers below the extent of the table they look up.
    func fillRandom(_ instance: Instance, _ input: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = instance.input(input)
        switch program.inputs[input].elementType {
        case .float32:
            // Four uniform numbers of 16 bits, added up: variance 1, and much faster than logarithms and roots.
            for position in 0..<bytes.count / 4 {
                let bits = random.next()
                let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48)
                let number = (Float(sum) / 65_536 - 2) * 1.732_050_8
                bytes.storeBytes(of: number, toByteOffset: position * 4, as: Float.self)
            }
        case .int64:
            let count = program.symbolCount(ofInput: input) ?? 2
            for position in 0..<bytes.count / 8 {
                bytes.storeBytes(of: Int64.random(in: 0..<Int64(count), using: &random), toByteOffset: position * 8, as: Int64.self)
            }
        case .int32:
            let count = program.symbolCount(ofInput: input) ?? 2
            for position in 0..<bytes.count / 4 {
                bytes.storeBytes(of: Int32.random(in: 0..<Int32(clamping: count), using: &random), toByteOffset: position * 4, as: Int32.self)
            }
        default: bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }
}
