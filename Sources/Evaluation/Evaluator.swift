import Compression
import Datasets
import Dispatch
import Execution
import Glibc
import NeuralNetwork
import Synchronization
import TensorCore

/// Measures what a network's outputs are worth under changed weights, on growing numbers of samples.
///
/// Several configurations after each other share what does not depend on the difference between them: what the original
/// network answers, and activations before the layer a person works on.
public final class Evaluator: Sendable {
    public struct Options: Sendable {
        /// Bytes that cached activations may take; nil for a quarter of the machine's memory.
        public var cacheByteCount: Int?
        /// Samples to look at; nil for all (1,024 random ones without data).
        public var sampleLimit: Int?
        public var seed: UInt64 = 0
        /// What is added to the niceness of the threads that compute.
        public var niceness: Int32 = 0

        public init() {}
    }

    let model: Model
    let network: Network
    let workload: any Workload
    let cache: ActivationCache
    let choice: CutChoice
    let crew: Crew
    let isLabelled: Bool
    let original: Weights
    let instances: [Instance]
    let state: Mutex<State>
    /// One measurement at a time: instances are shared.
    private let gate = DispatchSemaphore(value: 1)

    struct State {
        var reading: Reading
        var facts: [Int: RunFacts] = [:]
        /// What the original's states are after the last run of each lane, and which run that was.
        var lanes: [Int: (run: Int, values: [[UInt8]])] = [:]
        var newest: Weights?
        var versions: [VersionKey: Int] = [:]
        var isSpineKept = false
        var isScaleSettled = false
    }

    struct VersionKey: Hashable {
        var tensor: Int
        var plan: LayerPlan
    }

    /// Outputs of the original that are kept to compare with, in bytes; larger ones are computed anew each time.
    static let keptOutputLimit = 512 << 20

    /// Samples that are measured in all.
    public var sampleCount: Int { workload.sampleCount }

    /// Compiles the model's graph and looks at the data; `data` nil measures agreement on seeded random inputs.
    ///
    /// - Throws: where an operator is not supported, or the data does not fit the model.
    public init(_ model: Model, data: DataSet?, options: Options = Options()) throws(EvaluationError) {
        self.model = model
        do throws(ExecutionError) { try Program.checkOperators(of: model) } catch { throw EvaluationError(error.message) }
        let crew = Crew(niceness: options.niceness)
        self.crew = crew
        let time: Int?
        switch data?.content {
        case .text(let text):
            guard text.tokens.count > 1 else {
                throw EvaluationError("\(data?.name ?? "the text") is too short to predict anything")
            }
            let plan = try InputPlan(model, takesText: true)
            time = TextWorkload.stride
            let lanes = TextWorkload.streams(for: text, lanes: crew.count, limit: options.sampleLimit) > 1 ? crew.count : 1
            network = try Network(
                model, plan: plan, sample: nil, time: time,
                batchLimit: TextWorkload.streams(for: text, lanes: lanes, limit: options.sampleLimit))
            workload = TextWorkload(text, network: network, lanes: lanes, limit: options.sampleLimit)
        case .samples(let source):
            guard source.count > 0 else { throw EvaluationError("\(data?.name ?? "the data") holds no samples") }
            time = nil
            let plan = try InputPlan(model, takesText: false)
            guard !plan.takesSymbols else {
                throw EvaluationError("\(model.name) takes the symbols of a text, not \(data?.name ?? "samples") of \(source.shape)")
            }
            network = try Network(model, plan: plan, sample: source.shape, time: nil, batchLimit: options.sampleLimit ?? .max)
            workload = SampleWorkload(source, network: network, limit: options.sampleLimit, seed: options.seed)
        case nil:
            let plan = try InputPlan(model, takesText: false)
            time = plan.takesSymbols ? TextWorkload.stride : nil
            network = try Network(model, plan: plan, sample: nil, time: time, batchLimit: options.sampleLimit ?? .max)
            workload = RandomWorkload(network: network, time: time, limit: options.sampleLimit, seed: options.seed)
        }
        let reading = Reading(network, time: time)
        guard !reading.outputs.isEmpty else { throw EvaluationError("\(model.name) has no output of numbers") }
        isLabelled = try Self.checkLabels(data, reading, model)
        cache = ActivationCache(budget: options.cacheByteCount ?? Self.customaryBudget)
        choice = CutChoice(network.program, runCount: workload.runCount)
        do throws(ExecutionError) {
            let original = try Weights(of: network.program)
            self.original = original
            var instances: [Instance] = []
            for _ in 0..<crew.count { instances.append(try Instance(network.program, weights: original)) }
            self.instances = instances
        } catch {
            throw EvaluationError(error.message)
        }
        state = Mutex(State(reading: reading))
    }

    private static var customaryBudget: Int {
        Int(sysconf(Int32(_SC_PHYS_PAGES))) / 4 * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Whether there are labels that the outputs can be compared with.
    private static func checkLabels(_ data: DataSet?, _ reading: Reading, _ model: Model) throws(EvaluationError) -> Bool {
        switch data?.content {
        case nil: return false
        case .text(let text):
            guard reading.isClassifying else { return false }
            guard text.vocabularyCount <= reading.classCount else {
                throw EvaluationError(
                    "the vocabulary of \(data?.name ?? "the text") has \(text.vocabularyCount) symbols, "
                        + "but \(model.name) predicts one of \(reading.classCount)")
            }
            return true
        case .samples(let source):
            guard let labels = source.labels, reading.isClassifying else { return false }
            if let wrong = labels.firstIndex(where: { !(0..<reading.classCount).contains($0) }) {
                throw EvaluationError(
                    "sample \(wrong) of \(data?.name ?? "the data") is of class \(labels[wrong]), but \(model.name) tells "
                        + "\(reading.classCount) classes apart: is this the data it was trained for?")
            }
            return true
        }
    }

    /// Measures a configuration: `replaced` by layer index; layers that are missing stay as stored.
    ///
    /// `progress` gets a report after every round of samples, on the calling thread. `focus` is the layer a person works
    /// on: what lies before it is kept for the next call.
    ///
    /// - Throws: `Cancelled`, or an `EvaluationError` where a run fails.
    public func measure(
        _ replaced: [Int: ReplacedWeights], focus: Int? = nil, cancellation: CancellationToken,
        progress: (QualityReport) -> Void
    ) throws {
        gate.wait()
        defer { gate.signal() }
        try cancellation.check()
        let weights = try weights(replaced)
        let job = Job(weights: weights, isOriginal: replaced.isEmpty, cuts: cuts(focus: focus), cancellation: cancellation)
        var tally: QualityTally?
        let cost = network.program.cost(before: network.program.stepCount) / max(1, network.batch)
        var start = 0
        for end in Rounds.ends(workload, isSlow: cost > 100_000_000, workers: crew.count) {
            let results = Mutex<[Int: QualityTally.Result]>([:])
            try perform(start..<end, job) { run, result in results.withLock { $0[run] = result } }
            try cancellation.check()
            // How outputs are read is settled by the first run.
            let reading = state.withLock { $0.reading }
            let found = results.withLock { $0 }
            var counted = tally ?? QualityTally(reading, isLabelled: isLabelled)
            counted.add((start..<end).compactMap { found[$0] }, lanes: workload.lanes)
            tally = counted
            start = end
            guard counted.samples > 0 || end == workload.runCount else { continue }
            if end == workload.runCount { state.withLock { $0.isSpineKept = true } }
            guard counted.samples > 0 else { throw EvaluationError("none of the \(workload.sampleCount) samples could be read") }
            let names = reading.outputs.map { network.program.outputs[$0].name }
            progress(counted.report(outputNames: names, total: workload.sampleCount))
        }
    }

    /// Keeps what lies before a layer that somebody is about to work on, under a configuration; sooner or later `isWanted`
    /// may say that they went elsewhere. Texts are left out: their runs are short, and follow each other.
    public func prepare(
        _ replaced: [Int: ReplacedWeights], focus: Int, cancellation: CancellationToken,
        isWanted: @escaping @Sendable () -> Bool
    ) throws {
        gate.wait()
        defer { gate.signal() }
        guard workload.lanes == 0, let cut = focusCut(focus) else { return }
        let weights = try weights(replaced)
        let next = Atomic<Int>(0)
        try crew.perform { [self] worker in
            while !cancellation.isCancelled, isWanted() {
                let run = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard run < workload.runCount, try prepare(run, weights, cut, instances[worker]) else { break }
            }
        }
        try cancellation.check()
    }

    private func weights(_ replaced: [Int: ReplacedWeights]) throws -> Weights {
        guard !replaced.isEmpty else { return original }
        var tensors: [Int: (tensor: Tensor, version: Weights.Version)] = [:]
        let newest = state.withLock { state in
            for (layer, weights) in replaced where model.layers.indices.contains(layer) {
                let key = VersionKey(tensor: model.layers[layer].weight, plan: weights.plan)
                let version = state.versions[key] ?? state.versions.count
                state.versions[key] = version
                tensors[key.tensor] = (weights.tensor, version)
            }
            return state.newest
        }
        do {
            let weights = try Weights(of: network.program, replacing: tensors, sharing: [newest, original].compactMap { $0 })
            state.withLock { $0.newest = weights }
            return weights
        } catch {
            throw EvaluationError(error.message)
        }
    }

    /// The cuts to keep while a person works on a layer; before anybody does, a few along the network.
    private func cuts(focus: Int?) -> [CutChoice.Cut] {
        var cuts: [CutChoice.Cut] = []
        if let focus, let cut = focusCut(focus) { cuts.append(cut) }
        if !state.withLock({ $0.isSpineKept }) {
            for cut in choice.spine(budget: cache.budget) where !cuts.contains(where: { $0.step == cut.step }) { cuts.append(cut) }
        }
        return cuts.sorted { $0.step < $1.step }
    }

    private func focusCut(_ layer: Int) -> CutChoice.Cut? {
        guard model.layers.indices.contains(layer), let step = network.program.firstUse(of: model.layers[layer].weight) else {
            return nil
        }
        return choice.cut(before: step, budget: cache.budget)
    }
}
