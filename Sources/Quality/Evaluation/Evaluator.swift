import Basics
import Compression
import Datasets
import Dispatch
import Execution
import Glibc
import NeuralNetwork
import Synchronization

/// Measures what a network's outputs are worth under changed weights, on growing numbers of samples.
///
/// Several configurations after each other share what does not depend on the difference between them: what the original
/// network answers, and activations before the layer a person works on.
public final class Evaluator: Sendable {
    public struct Options: Sendable {
        /// Bytes that cached activations may take; nil for what suits the model and the machine (`customaryBudget`).
        public var cacheByteCount: Int?
        /// Samples to look at; nil for all (1,024 random ones without data).
        public var sampleLimit: Int?
        public var seed: UInt64 = 0
        /// What is added to the niceness of the threads that compute.
        public var niceness: Int32 = 0
        /// What a generator's images are judged by; of no use to other networks.
        public var critic: ImageCritic?
        /// Whether reports tell how far each sample's answer is from the original's.
        public var tellsDistances = false

        public init() {}
    }

    /// The original network.
    let original: CompiledNetwork
    let workload: any Workload
    let cache: ActivationCache
    let crew: Crew
    let isLabelled: Bool
    /// Looks at a generator's images; nil where they are not judged, or the network makes none.
    let examiner: ImageExaminer?
    let state: Mutex<State>
    /// One measurement at a time: instances are shared.
    private let gate = DispatchSemaphore(value: 1)
    private let classNames: [String]
    /// What answers are, where reports tell how far they are apart.
    private let answer: Answer.Form?

    struct State {
        var reading: Reading
        var facts: [Int: RunFacts] = [:]
        /// What the original's states are after the last run of each lane, and which run that was.
        var lanes: [Int: (run: Int, values: [[UInt8]])] = [:]
        var isScaleSettled = false
        /// How clearly the original answers, once it was run on all samples.
        var margins: (tally: MarginTally, headline: QualityFigure, samples: Int)?
        /// Networks of other shapes, the newest last.
        var variants: [CompiledNetwork] = []
    }

    /// Networks of other shapes that stay compiled: the one in force, and the one that undo or the pin goes back to.
    private static let keptVariants = 2

    /// Outputs of the original that are kept to compare with, in bytes; larger ones are computed anew each time.
    static let keptOutputLimit = 512 << 20

    /// Images of a generator that are made, as far as their cost allows: Fréchet distances need more samples than features.
    private static let imageCount = 2_048

    /// Samples that are measured in all.
    public var sampleCount: Int { workload.sampleCount }

    /// Compiles the model's graph and looks at the data; `data` nil measures agreement on seeded random inputs.
    ///
    /// - Throws: where an operator is not supported, weights are no numbers, or the data does not fit the model.
    public init(_ model: Model, data: DataSet?, options: Options = Options()) throws(EvaluationError) {
        do throws(ExecutionError) { try Program.checkOperators(of: model) } catch { throw EvaluationError(error.message) }
        if let fault = model.notNumbers { throw EvaluationError(fault) }
        let crew = Crew(niceness: options.niceness)
        self.crew = crew
        let form = options.critic == nil ? nil : GeneratorForm(model)
        let time: Int?
        let network: Network
        switch data?.content {
        case .text(let text):
            guard text.tokens.count > 1 else {
                throw EvaluationError("\(data?.name ?? "the text") is too short to predict anything")
            }
            time = TextWorkload.stride
            let lanes = TextWorkload.streams(for: text, lanes: crew.count, limit: options.sampleLimit) > 1 ? crew.count : 1
            network = try Network(
                model, plan: try InputPlan(model, data: data), time: time,
                batchLimit: TextWorkload.streams(for: text, lanes: lanes, limit: options.sampleLimit))
            workload = TextWorkload(text, network: network, lanes: lanes, limit: options.sampleLimit)
        case .samples?:
            time = nil
            network = try Network(model, plan: try InputPlan(model, data: data), batchLimit: options.sampleLimit ?? .max)
            workload = SampleWorkload(network: network, limit: options.sampleLimit, seed: options.seed)
        case nil:
            let plan = try InputPlan(model)
            let length = plan.randomTime
            network = try Network(model, plan: plan, time: length, batchLimit: options.sampleLimit ?? .max)
            time = network.positions(time: length)
            workload = RandomWorkload(
                network: network, time: length, limit: options.sampleLimit, seed: options.seed,
                largestCount: form == nil ? RandomWorkload.largestCount : Self.imageCount)
        }
        classNames = data?.classNames ?? []
        answer = options.tellsDistances ? Answer(network, time: time, graph: model.graph).form : nil
        let reading = Reading(network, time: time, graph: model.graph)
        guard !reading.outputs.isEmpty else { throw EvaluationError("\(model.name) has no output of numbers") }
        isLabelled = try Self.checkLabels(data, network.plan.labels, reading, model)
        if let form, let critic = options.critic {
            examiner = try ImageExaminer(form, critic, crew: crew, seed: options.seed)
        } else {
            examiner = nil
        }
        let stored = model.tensors.reduce(0) { $0 + $1.tensor.byteCount }
        cache = ActivationCache(budget: options.cacheByteCount ?? ActivationCache.customaryBudget(storedByteCount: stored))
        original = try CompiledNetwork(
            model, identity: nil, network: network, runCount: workload.runCount, threads: crew.count)
        state = Mutex(State(reading: reading))
    }

    /// Whether there are labels that the outputs can be compared with.
    private static func checkLabels(_ data: DataSet?, _ labels: [Int]?, _ reading: Reading, _ model: Model) throws(EvaluationError) -> Bool {
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
        case .samples:
            guard let labels, reading.isClassifying else { return false }
            if let wrong = labels.firstIndex(where: { !(0..<reading.classCount).contains($0) }) {
                throw EvaluationError(
                    "sample \(wrong) of \(data?.name ?? "the data") is of class \(labels[wrong]), but \(model.name) tells "
                        + "\(reading.classCount) classes apart: is this the data it was trained for?")
            }
            return true
        }
    }

    /// Measures a configuration.
    ///
    /// `progress` gets a report after every round of samples, on the calling thread. `focus` is the layer a person works
    /// on, by index in the model that runs: what lies before it is kept for the next call.
    ///
    /// - Throws: `Cancelled`, or an `EvaluationError` where the network cannot be compiled or a run fails.
    public func measure(
        _ configuration: Configuration, focus: Int? = nil, cancellation: CancellationToken,
        progress: (QualityReport) -> Void
    ) throws {
        gate.wait()
        defer { gate.signal() }
        try cancellation.check()
        let compiled = try compiled(configuration.restructured)
        try cancellation.check()
        let job = Job(
            compiled: compiled, weights: try compiled.weights(configuration.replaced), isOriginal: configuration.isOriginal,
            cuts: compiled.cuts(focus: focus, budget: cache.budget), cancellation: cancellation)
        var tally: QualityTally?
        let program = original.network.program
        let cost = program.cost(before: program.stepCount) / max(1, original.network.batch)
        var start = 0
        for end in Rounds.ends(workload, isSlow: cost > 100_000_000, workers: crew.count) {
            let results = Mutex<[Int: QualityTally.Result]>([:])
            try perform(start..<end, job) { run, result in results.withLock { $0[run] = result } }
            try cancellation.check()
            // How outputs are read is settled by the first run.
            let reading = state.withLock { $0.reading }
            let found = results.withLock { $0 }
            var counted =
                tally
                ?? QualityTally(
                    reading, isLabelled: isLabelled, examiner: examiner, classNames: classNames,
                    distances: answer.map { AnswerDistances($0, reading) },
                    margins: state.withLock { $0.margins == nil }
                        ? MarginTally(reading, isLabelled: isLabelled, samples: workload.sampleCount) : nil)
            counted.add((start..<end).compactMap { found[$0] }, lanes: workload.lanes)
            tally = counted
            start = end
            guard counted.samples > 0 || end == workload.runCount else { continue }
            if end == workload.runCount { compiled.spineWasKept() }
            guard counted.samples > 0 else { throw EvaluationError("none of the \(workload.sampleCount) samples could be read") }
            let names = reading.outputs.map { program.outputs[$0].name }
            var report = counted.report(outputNames: names, total: workload.sampleCount)
            report.assumed = original.network.plan.assumed
            if end == workload.runCount, let margins = counted.margins {
                state.withLock { $0.margins = (margins, report.headline, report.samples) }
            }
            progress(report)
        }
    }

    /// What losses come to, from the original's answers: once a configuration was measured on all samples. Of a generator's images, and of other
    /// numbers, the ratio of signal and noise; nil where nothing can be told.
    public func margins() -> MarginTable? {
        guard let known = state.withLock({ $0.margins }) else { return nil }
        return known.tally.table(known.headline, samples: known.samples)
    }

    /// Keeps what lies before a layer that somebody is about to work on, under a configuration; sooner or later `isWanted`
    /// may say that they went elsewhere. Texts are left out: their runs are short, and follow each other.
    public func prepare(
        _ configuration: Configuration, focus: Int, cancellation: CancellationToken,
        isWanted: @escaping @Sendable () -> Bool
    ) throws {
        gate.wait()
        defer { gate.signal() }
        guard workload.lanes == 0 else { return }
        let compiled = try compiled(configuration.restructured)
        guard let cut = compiled.focusCut(focus, budget: cache.budget) else { return }
        let weights = try compiled.weights(configuration.replaced)
        // Mostly all is there already, and threads need not be started to find that.
        guard (0..<workload.runCount).contains(where: { isMissing(cut, of: $0, compiled, weights) }) else { return }
        let next = Atomic<Int>(0)
        try crew.perform { [self] worker in
            while !cancellation.isCancelled, isWanted() {
                let run = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard run < workload.runCount, try prepare(run, compiled, weights, cut, worker) else { break }
            }
        }
        try cancellation.check()
    }

    /// Times the original network and a configuration turn by turn, every thread with a batch of its own.
    ///
    /// - Returns: seconds a sample (a symbol of a text) takes in the fastest turn, with all threads at work: what else the
    ///   machine does only ever adds to it.
    public func time(
        _ configuration: Configuration, turns: Int = 7, cancellation: CancellationToken
    ) throws -> (original: Double, changed: Double) {
        gate.wait()
        defer { gate.signal() }
        let changed = try compiled(configuration.restructured)
        let weights = try changed.weights(configuration.replaced)
        let run = workload.leadingRuns
        var times: (original: [Double], changed: [Double]) = ([], [])
        // The first turn warms caches up.
        for turn in 0...turns {
            try cancellation.check()
            let before = try time(run, original, original.stored)
            let after = try time(run, changed, weights)
            if turn > 0 {
                times.original.append(before)
                times.changed.append(after)
            }
        }
        return (times.original.min() ?? 0, times.changed.min() ?? 0)
    }

    private func time(_ run: Int, _ compiled: CompiledNetwork, _ weights: Weights) throws -> Double {
        for instance in compiled.instances {
            workload.load(run, into: instance)
            compiled.network.clearStates(of: instance)
        }
        let start = ContinuousClock.now
        try crew.perform { worker in
            do throws(ExecutionError) {
                try compiled.instances[worker].run(weights)
            } catch {
                throw EvaluationError(error.message)
            }
        }
        return start.duration(to: .now) / .seconds(1) / Double(crew.count * max(1, workload.samplesPerRun))
    }

    /// The network that runs a configuration; one of other shapes is compiled unless it is among the last ones.
    private func compiled(_ restructured: RestructuredModel?) throws(EvaluationError) -> CompiledNetwork {
        guard let restructured else { return original }
        let known = state.withLock { state -> CompiledNetwork? in
            guard let index = state.variants.firstIndex(where: { $0.identity == restructured.identity }) else { return nil }
            state.variants.append(state.variants.remove(at: index))
            return state.variants.last
        }
        if let known { return known }
        let variant = try CompiledNetwork(
            restructured.model, identity: restructured.identity,
            network: try Network(like: original.network, restructured.model),
            runCount: workload.runCount, threads: crew.count)
        state.withLock { state in
            state.variants.append(variant)
            if state.variants.count > Self.keptVariants { state.variants.removeFirst() }
        }
        return variant
    }
}
