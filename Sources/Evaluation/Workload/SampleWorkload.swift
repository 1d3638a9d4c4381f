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

/// Seeded random inputs, for networks without data: standard normal numbers, and symbols drawn evenly.
struct RandomWorkload: Workload {
    static let customaryCount = 1024

    let sampleCount: Int
    let runCount: Int
    let samplesPerRun: Int
    private let network: Network
    private let seed: UInt64

    init(network: Network, limit: Int?, seed: UInt64) {
        self.network = network
        self.seed = seed
        sampleCount = limit ?? Self.customaryCount
        samplesPerRun = network.batch
        runCount = (sampleCount + samplesPerRun - 1) / samplesPerRun
    }

    func load(_ run: Int, into instance: Instance) {
        network.clearStates(of: instance)
        network.fillRandom(instance, seed: seed &+ UInt64(run))
        guard let input = network.dataInput, network.program.inputs[input].elementType == .float32 else { return }
        network.fillRandom(instance, input, seed: (seed &+ UInt64(run)) &* 31 &+ 7)
    }

    func rows(_ run: Int) -> RunRows {
        RunRows(rows: Array(0..<min(samplesPerRun, sampleCount - run * samplesPerRun)))
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
            for position in 0..<bytes.count / 4 {
                bytes.storeBytes(of: Float(random.normal()), toByteOffset: position * 4, as: Float.self)
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
