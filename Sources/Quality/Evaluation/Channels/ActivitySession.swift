import Basics
import Datasets
import Execution
import NeuralNetwork
import TensorCore
import Synchronization

/// A network compiled to hand out the values that groups of channels are read from, and the runs over its data.
struct ActivitySession: Sendable {
    /// What all runs together found of a group.
    struct Finding: Sendable {
        var tally: ActivityTally
        /// Rows × channels.
        var contributions: [Float] = []
    }

    /// A value that is handed out.
    private struct Probe: Sendable {
        var output: Int
        var reader: ReadChannels.Reader
        /// Whether its elements are counted: the first of the readers of a value does it for all.
        var isCounted: Bool
        var sampler: ContributionSampler?
    }

    private let network: Network
    private let workload: any Workload
    private let crew: Crew
    private let seed: UInt64
    private let counts: [Int]
    /// By group; empty where nothing of it is read.
    private let probes: [[Probe]]
    /// Rows of contributions that each group gathers.
    private let rowCounts: [Int]

    /// Rows that tell channels apart well enough, and numbers that all groups' rows may hold together.
    private static let customaryRows = 2048
    private static let fewestRows = 64
    private static let contributionLimit = 1 << 24
    /// Multiply-accumulates that ordering the channels of one group may take.
    private static let orderingLimit = 4_000_000_000
    /// Parts the runs are divided into, each of which one thread works on: their number must not depend on the machine, for
    /// sums are rounded part by part.
    private static let partCount = 16

    init(_ groups: [ReadChannels], model: Model, data: DataSet?, options: ChannelActivity.Options) throws(EvaluationError) {
        guard var graph = model.graph else { throw EvaluationError("\(model.name) holds weights but no graph to run") }
        do throws(ExecutionError) { try Program.checkOperators(of: model) } catch { throw EvaluationError(error.message) }
        let defined = graph.namesDefined()
        var names = Set(graph.outputs.map(\.name))
        for reader in groups.flatMap(\.readers) where defined.contains(reader.value) && names.insert(reader.value).inserted {
            graph.outputs.append(ValueInfo(name: reader.value, elementType: nil, dimensions: nil))
        }
        var probed = model
        probed.graph = graph
        crew = Crew(niceness: options.niceness)
        seed = options.seed
        (network, workload) = try Self.prepare(probed, data?.inputs(of: model), options, lanes: crew.count)
        let outputs = network.program.outputs
        let places = Dictionary(outputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        var probes: [[Probe]] = []
        for group in groups {
            var counted: Set<String> = []
            var found: [Probe] = []
            for reader in group.readers {
                guard let place = places[reader.value], case let port = outputs[place], port.elementType == .float32,
                    port.shape.dimensions.indices.contains(reader.axis), port.shape[reader.axis] == reader.channels.count,
                    reader.channels.allSatisfy({ $0 < group.count })
                else { continue }
                let sampler: ContributionSampler?
                do throws(UnreadableTensor) {
                    sampler = try ContributionSampler(reader, shape: port.shape, model: model)
                } catch { throw EvaluationError(error.message) }
                found.append(
                    Probe(
                        output: place, reader: reader, isCounted: counted.insert("\(reader.axis) \(reader.value)").inserted,
                        sampler: sampler))
            }
            probes.append(found)
        }
        self.probes = probes
        counts = groups.map(\.count)
        let total = zip(counts, probes).reduce(0) { $0 + ($1.1.contains { $0.sampler != nil } ? $1.0 : 0) }
        rowCounts = counts.map { count in
            let affordable = min(Self.contributionLimit / max(1, total), Self.orderingLimit / max(1, count * count))
            return max(Self.fewestRows, min(Self.customaryRows, affordable))
        }
    }

    private static func prepare(
        _ model: Model, _ data: DataSet?, _ options: ChannelActivity.Options, lanes: Int
    ) throws(EvaluationError) -> (Network, any Workload) {
        let limit = max(1, options.sampleLimit)
        switch data?.content {
        case .text(let text):
            guard text.tokens.count > 1 else {
                throw EvaluationError("\(data?.name ?? "the text") is too short to predict anything")
            }
            let lanes = TextWorkload.streams(for: text, lanes: lanes, limit: limit) > 1 ? lanes : 1
            let network = try Network(
                model, plan: try InputPlan(model, data: data), time: TextWorkload.stride,
                batchLimit: TextWorkload.streams(for: text, lanes: lanes, limit: limit))
            return (network, TextWorkload(text, network: network, lanes: lanes, limit: limit))
        case .samples?:
            let network = try Network(model, plan: try InputPlan(model, data: data), batchLimit: limit)
            return (network, SampleWorkload(network: network, limit: limit, seed: options.seed))
        case nil:
            let plan = try InputPlan(model)
            let time = plan.randomTime
            let network = try Network(model, plan: plan, time: time, batchLimit: limit)
            let workload = RandomWorkload(
                network: network, time: time, limit: limit * (network.positions(time: time) ?? 1), seed: options.seed)
            return (network, workload)
        }
    }

    // MARK: Runs

    /// Runs over all samples; nil for groups of which nothing is read.
    func run(cancellation: CancellationToken, progress: (@Sendable (Double) -> Void)?) throws -> [Finding?] {
        let weights: Weights
        do throws(ExecutionError) { weights = try Weights(of: network.program) } catch { throw EvaluationError(error.message) }
        // Runs of a text's lane follow each other, others are divided evenly.
        let parts: [[Int]] =
            workload.lanes > 0
            ? (0..<workload.lanes).map { lane in Array(stride(from: lane, to: workload.runCount, by: workload.lanes)) }
            : (0..<Self.partCount).map { part in
                Array(part * workload.runCount / Self.partCount..<(part + 1) * workload.runCount / Self.partCount)
            }
        let results = Mutex<[Int: [Finding]]>([:])
        let next = Atomic<Int>(0)
        let finished = Atomic<Int>(0)
        try crew.perform { _ in
            let instance: Instance
            do throws(ExecutionError) { instance = try Instance(network.program, weights: weights) } catch {
                throw EvaluationError(error.message)
            }
            while !cancellation.isCancelled {
                let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard part < parts.count else { break }
                var findings = counts.map { Finding(tally: ActivityTally(channels: $0)) }
                var states: [[UInt8]]?
                for run in parts[part] {
                    if cancellation.isCancelled { return }
                    try execute(run, instance, weights, states: &states)
                    collect(run, instance, into: &findings)
                    let count = finished.wrappingAdd(1, ordering: .relaxed).newValue
                    progress?(Double(count) / Double(max(1, workload.runCount)))
                }
                results.withLock { $0[part] = findings }
            }
        }
        try cancellation.check()
        let found = results.withLock { $0 }
        return counts.indices.map { group in
            guard !probes[group].isEmpty else { return nil }
            var whole = Finding(tally: ActivityTally(channels: counts[group]))
            for part in parts.indices {
                guard let finding = found[part]?[group] else { continue }
                whole.tally.add(finding.tally)
                whole.contributions += finding.contributions
            }
            return whole
        }
    }

    private func execute(_ run: Int, _ instance: Instance, _ weights: Weights, states: inout [[UInt8]]?) throws {
        workload.load(run, into: instance)
        if workload.lanes > 0 {
            let resets = workload.resets(run)
            for (position, state) in network.states.enumerated() {
                let bytes = instance.input(state.input)
                if let states { bytes.copyBytes(from: states[position]) } else { bytes.initializeMemory(as: UInt8.self, repeating: 0) }
                if !resets.isEmpty { network.clear(resets, of: state.input, in: bytes) }
            }
        }
        do throws(ExecutionError) { try instance.run(weights) } catch { throw EvaluationError(error.message) }
        if workload.lanes > 0 { states = network.states.map { Array(instance.output($0.output)) } }
    }

    /// Looks at what a run computed.
    private func collect(_ run: Int, _ instance: Instance, into findings: inout [Finding]) {
        let valid = workload.rows(run).rows
        guard !valid.isEmpty else { return }
        for (group, probes) in probes.enumerated() {
            let samplerCount = probes.count { $0.sampler != nil }
            var sampler = 0
            for (position, probe) in probes.enumerated() {
                let shape = network.program.outputs[probe.output].shape
                let values = instance.output(probe.output).assumingMemoryBound(to: Float.self)
                // In a batch of samples, the places behind the last sample hold none.
                let isBatch = workload.lanes == 0 && network.plan.timeAxis == nil && shape.rank > 1 && shape[0] == network.batch
                let rows = isBatch ? valid : nil
                if probe.isCounted {
                    findings[group].tally.add(
                        values, shape: shape, axis: probe.reader.axis, channels: probe.reader.channels, rows: rows)
                }
                guard let own = probe.sampler else { continue }
                // The rows of a group, divided evenly among runs and readers.
                let share = run * samplerCount + sampler
                let shares = workload.runCount * samplerCount
                sampler += 1
                let count = rowCounts[group] * (share + 1) / shares - rowCounts[group] * share / shares
                var random = SeededRandom(seed: seed &+ UInt64(run) &* 1_000_003 &+ UInt64(group) &* 8191 &+ UInt64(position))
                let candidates = rows ?? Array(0..<shape[0])
                for turn in 0..<count {
                    let place = own.place(row: candidates[turn % candidates.count], random: &random)
                    let start = findings[group].contributions.count
                    findings[group].contributions.append(contentsOf: repeatElement(0, count: counts[group]))
                    findings[group].contributions.withUnsafeMutableBufferPointer { buffer in
                        own.add(values, at: place, to: UnsafeMutableBufferPointer(rebasing: buffer[start...]))
                    }
                }
            }
        }
    }
}
