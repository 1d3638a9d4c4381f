import Basics
import Execution
import Synchronization

/// The runs of a round, and what is kept between them.
extension Evaluator {
    /// One measurement under way.
    struct Job {
        var compiled: CompiledNetwork
        var weights: Weights
        var isOriginal: Bool
        var cuts: [CutChoice.Cut]
        var cancellation: CancellationToken
        /// The states of the changed network after the last run of each lane.
        let lanes = Lanes()
    }

    /// States by lane; each lane belongs to one thread at a time.
    final class Lanes: Sendable {
        private let values = Mutex<[Int: [[UInt8]]]>([:])

        subscript(lane: Int) -> [[UInt8]]? {
            get { values.withLock { $0[lane] } }
            set { values.withLock { $0[lane] = newValue } }
        }
    }

    func perform(
        _ runs: Range<Int>, _ job: Job, _ found: @escaping @Sendable (_ run: Int, QualityTally.Result) -> Void
    ) throws {
        let next = Atomic<Int>(runs.lowerBound)
        let settle: @Sendable (Int, Int) throws -> Void = { [self] run, worker in
            if let result = try measure(run, job, worker) { found(run, result) }
        }
        try crew.perform { [self] worker in
            if workload.lanes > 0 {
                for run in runs where run % workload.lanes == worker && !job.cancellation.isCancelled { try settle(run, worker) }
            } else {
                while !job.cancellation.isCancelled {
                    let run = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard run < runs.upperBound else { break }
                    try settle(run, worker)
                }
            }
        }
    }

    private func measure(_ run: Int, _ job: Job, _ worker: Int) throws -> QualityTally.Result? {
        let lane = workload.lanes > 0 ? run % workload.lanes : 0
        let facts: RunFacts
        if let known = state.withLock({ $0.facts[run] }) {
            facts = known
        } else {
            let before = state.withLock { $0.lanes[lane] }
            let isNext = workload.lanes > 0 && before?.run == run - workload.lanes
            let cuts = job.compiled === original ? job.cuts : []
            let after = try execute(run, original, original.stored, cuts, worker, states: isNext ? before?.values : nil)
            facts = try read(original.instances[worker], run, worker)
            if let after { state.withLock { $0.lanes[lane] = (run, after) } }
        }
        if job.cancellation.isCancelled { return nil }
        let rows = workload.rows(run)
        guard !job.isOriginal else { return compared(QualityTally.Result(original: facts, changed: facts, rows: rows)) }
        let after = try execute(run, job.compiled, job.weights, job.cuts, worker, states: job.lanes[lane])
        if let after { job.lanes[lane] = after }
        var changed = state.withLock { $0.reading }.facts(job.compiled.instances[worker], rows)
        changed.images = try images(of: changed, worker)
        return compared(QualityTally.Result(original: facts, changed: changed, rows: rows))
    }

    /// What a generator's classifier says; nil of networks that are none.
    private func images(of facts: RunFacts, _ worker: Int) throws -> ImageFacts? {
        guard let examiner, let images = facts.outputs.first else { return nil }
        return try examiner.look(at: images, worker: worker)
    }

    /// Compares a generator's images on the thread that made them.
    private func compared(_ result: QualityTally.Result) -> QualityTally.Result {
        guard let examiner, let before = result.original.outputs.first, let after = result.changed.outputs.first else { return result }
        var result = result
        result.comparisons = examiner.compare(before, after)
        return result
    }

    /// Reads what the original network says, and keeps it where that is not too much.
    private func read(_ instance: Instance, _ run: Int, _ worker: Int) throws -> RunFacts {
        let rows = workload.rows(run)
        let reading = state.withLock { state in
            if !state.isScaleSettled, isLabelled, !rows.rows.isEmpty {
                state.reading.settleScale(instance, rows)
                state.isScaleSettled = true
            }
            return state.reading
        }
        var facts = reading.facts(instance, rows)
        facts.images = try images(of: facts, worker)
        let size = facts.outputs.reduce(0) { $0 + $1.count * 4 }
        if size * workload.runCount <= Self.keptOutputLimit { state.withLock { $0.facts[run] = facts } }
        return facts
    }

    /// Runs the network from the deepest cut that is cached for these weights; returns the states after it, where it has some.
    private func execute(
        _ run: Int, _ compiled: CompiledNetwork, _ weights: Weights, _ keeping: [CutChoice.Cut], _ worker: Int,
        states: [[UInt8]]?
    ) throws -> [[UInt8]]? {
        let instance = compiled.instances[worker]
        var start = begin(run, compiled, weights, instance, from: deepest(run, compiled, weights), states: states)
        do {
            for cut in keeping where cut.step > start {
                let key = key(cut, compiled, weights)
                guard cache.hasRoom(for: key, run: run, byteCount: cut.byteCount) else { continue }
                try keep(cut, key, run, weights, instance, from: start)
                start = cut.step
            }
            try instance.run(weights, from: start)
        } catch {
            throw EvaluationError(error.message)
        }
        return workload.lanes > 0 ? compiled.network.states.map { Array(instance.output($0.output)) } : nil
    }

    /// Whether a run would have to start before a cut.
    func isMissing(_ cut: CutChoice.Cut, of run: Int, _ compiled: CompiledNetwork, _ weights: Weights) -> Bool {
        deepest(run, compiled, weights).step < cut.step
    }

    /// Keeps a cut of a run that is not kept yet; false where there is no room for more.
    func prepare(
        _ run: Int, _ compiled: CompiledNetwork, _ weights: Weights, _ cut: CutChoice.Cut, _ worker: Int
    ) throws -> Bool {
        let kept = deepest(run, compiled, weights)
        guard kept.step < cut.step else { return true }
        let key = key(cut, compiled, weights)
        guard cache.hasRoom(for: key, run: run, byteCount: cut.byteCount) else { return false }
        let instance = compiled.instances[worker]
        let start = begin(run, compiled, weights, instance, from: kept, states: nil)
        do {
            try keep(cut, key, run, weights, instance, from: start)
        } catch {
            throw EvaluationError(error.message)
        }
        return true
    }

    private func key(_ cut: CutChoice.Cut, _ compiled: CompiledNetwork, _ weights: Weights) -> ActivationCache.Key {
        ActivationCache.Key(
            network: compiled.identity, versions: weights.versions.filter { cut.weights.contains($0.key) }, step: cut.step)
    }

    private func keep(
        _ cut: CutChoice.Cut, _ key: ActivationCache.Key, _ run: Int, _ weights: Weights, _ instance: Instance, from start: Int
    ) throws(ExecutionError) {
        try instance.run(weights, from: start, to: cut.step)
        let bytes = CachedBytes(byteCount: cut.byteCount)
        instance.save(cutBefore: cut.step, to: bytes.base)
        cache.keep(bytes, key, run: run)
    }

    /// Where a run may start, and what is kept there; nothing at its beginning.
    private typealias KeptCut = (step: Int, bytes: CachedBytes?)

    /// The deepest cut that is kept for these weights.
    private func deepest(_ run: Int, _ compiled: CompiledNetwork, _ weights: Weights) -> KeptCut {
        for cut in compiled.choice.all(cache.steps) {
            if let bytes = cache.bytes(key(cut, compiled, weights), run: run) { return (cut.step, bytes) }
        }
        return (0, nil)
    }

    /// Brings an instance to where a run may start: its inputs, and what is kept there.
    private func begin(
        _ run: Int, _ compiled: CompiledNetwork, _ weights: Weights, _ instance: Instance, from kept: KeptCut, states: [[UInt8]]?
    ) -> Int {
        let start = kept.step
        // Inputs first: the place of one that is not read any more may hold something of the cut.
        if start == 0 || compiled.network.readsLoaded(from: start, feedsStates: workload.lanes > 0) { workload.load(run, into: instance) }
        if workload.lanes > 0 { feed(states, run, compiled.network, instance) }
        if let bytes = kept.bytes { instance.restore(cutBefore: start, from: bytes.base) }
        return start
    }

    /// Writes the states a run begins with.
    private func feed(_ states: [[UInt8]]?, _ run: Int, _ network: Network, _ instance: Instance) {
        let resets = workload.resets(run)
        for (position, state) in network.states.enumerated() {
            let bytes = instance.input(state.input)
            if let states, resets.count < network.batch {
                bytes.copyBytes(from: states[position])
            } else {
                bytes.initializeMemory(as: UInt8.self, repeating: 0)
            }
            guard resets.count < network.batch, !resets.isEmpty else { continue }
            network.clear(resets, of: state.input, in: bytes)
        }
    }
}
