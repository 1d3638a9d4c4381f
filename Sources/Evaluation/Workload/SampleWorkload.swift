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
        network.fillRest(instance, seed: UInt64(run))
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
        network.fillRest(instance, seed: seed &+ UInt64(run))
        guard let input = network.dataInput, network.program.inputs[input].elementType == .float32 else { return }
        RandomInput.fill(instance.input(input), of: network.program, input, seed: (seed &+ UInt64(run)) &* 31 &+ 7)
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
