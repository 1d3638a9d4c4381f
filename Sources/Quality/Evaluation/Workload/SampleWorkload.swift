import Basics
import Datasets
import Execution
import Synchronization

/// Independent samples, in an order shuffled by a seed, so that the first of them stand for all.
final class SampleWorkload: Workload {
    let sampleCount: Int
    let runCount: Int
    let samplesPerRun: Int
    private let order: [Int]
    private let network: Network
    /// Samples of the run that could not be read, by run.
    private let unreadable = Mutex<[Int: Set<Int>]>([:])

    /// Runs over the samples of the network's plan.
    init(network: Network, limit: Int?, seed: UInt64) {
        self.network = network
        var random = SeededRandom(seed: seed)
        let all = Array(0..<(network.plan.feeds.first?.source.count ?? 0)).shuffled(using: &random)
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
        var failed: Set<Int> = []
        for feed in network.plan.feeds {
            guard let index = network.program.inputs.firstIndex(where: { $0.name == feed.input }) else { continue }
            let port = network.program.inputs[index]
            failed.formUnion(
                feed.write(
                    samples(run), into: instance.input(index), shape: port.shape, elementType: port.elementType, batch: network.batch))
        }
        if !failed.isEmpty { unreadable.withLock { $0[run] = failed } }
    }

    func rows(_ run: Int) -> RunRows {
        let failed = unreadable.withLock { $0[run] ?? [] }
        let samples = samples(run)
        let rows = samples.indices.map { $0 - samples.startIndex }.filter { !failed.contains($0) }
        let labels = network.plan.labels.map { labels in rows.map { labels[samples[samples.startIndex + $0]] } }
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
        let rows = network.positions(time: time) ?? 1
        rowsPerSample = rows
        let cost = max(1, network.program.cost(before: network.program.stepCount) / network.batch)
        let count = limit.map { max(1, $0 / rows) } ?? max(Self.leastCount, min(largestCount, Self.costLimit / cost))
        sampleCount = count * rows
        samplesPerRun = network.batch * rows
        runCount = (count + network.batch - 1) / network.batch
    }

    func load(_ run: Int, into instance: Instance) {
        network.clearStates(of: instance)
        network.fillRest(instance, seed: seed &+ UInt64(run))
        guard let input = network.dataInput else { return }
        RandomInput.fill(instance.input(input), of: network.program, input, seed: (seed &+ UInt64(run)) &* 31 &+ 7)
    }

    func rows(_ run: Int) -> RunRows {
        let sequences = min(network.batch, sampleCount / rowsPerSample - run * network.batch)
        var rows: [Int] = []
        for sequence in 0..<sequences {
            for step in 0..<rowsPerSample {
                rows.append(rowsPerSample == 1 ? sequence : network.position(step: step, sequence: sequence, time: rowsPerSample))
            }
        }
        return RunRows(rows: rows)
    }
}
