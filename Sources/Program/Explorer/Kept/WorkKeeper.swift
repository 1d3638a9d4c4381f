import Dispatch
import Glibc
import Recipes
import Synchronization

/// Writes what a person is working on, a moment after it changed, on a queue of its own; one file a process and model.
final class WorkKeeper: Sendable {
    private struct State {
        /// What is to be written or, with nothing inside, removed.
        var pending: Pending?
        var isScheduled = false
        /// The file that this process wrote last, and what it holds.
        var written: (file: String, work: KeptWork)?
        /// Works that were left for another model until now.
        var leftCount = 0
    }

    private struct Pending: Sendable {
        var snapshot: WorkSnapshot?
        var bench: Workbench
    }

    private let folder: WorkFolder
    private let delay: DispatchTimeInterval
    private let state = Mutex(State())
    /// Held while a file is written, so that an older state never follows a newer one.
    private let writing = Mutex(())
    private let queue = DispatchQueue(label: "pare.keep", qos: .utility)

    init(_ folder: WorkFolder, delay: Duration) {
        self.folder = folder
        let (seconds, attoseconds) = delay.components
        self.delay = .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }

    /// Takes the newest state of the work; nil where nothing of it would be lost.
    func keep(_ snapshot: WorkSnapshot?, of bench: Workbench) {
        guard folder.path != nil else { return }
        let isFirst = state.withLock { state in
            state.pending = Pending(snapshot: snapshot, bench: bench)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        // What comes until then is written with it, so that no more than the delay is ever lost.
        if isFirst { queue.asyncAfter(deadline: .now() + delay) { [self] in flush() } }
    }

    /// Writes what is waiting, now.
    func flush() {
        writing.withLock { _ in writePending() }
    }

    /// Writes what is waiting, and leaves what was kept of a model that is not the open one any more: whoever opens it next is offered that.
    func leave(_ bench: Workbench) {
        writing.withLock { _ in
            writePending()
            guard let (file, work) = state.withLock({ $0.written }), work.model == bench.path else { return }
            let number = state.withLock { state in
                state.written = nil
                state.leftCount += 1
                return state.leftCount
            }
            guard let place = folder.fileToLeave(for: bench.path, number: number) else { return }
            var left = work
            left.owner = nil
            folder.write(left, to: place)
            unlink(file)
        }
    }

    private func writePending() {
        let pending = state.withLock { state in
            state.isScheduled = false
            defer { state.pending = nil }
            return state.pending
        }
        guard let pending, let file = folder.file(for: pending.bench.path) else { return }
        if let written = state.withLock({ $0.written }), pending.snapshot == nil || written.file != file { unlink(written.file) }
        guard let snapshot = pending.snapshot, let work = Self.work(snapshot, pending) else {
            return state.withLock { $0.written = nil }
        }
        folder.write(work, to: file)
        state.withLock { $0.written = (file, work) }
    }

    private static func work(_ snapshot: WorkSnapshot, _ pending: Pending) -> KeptWork? {
        let bench = pending.bench
        var described = Recipe(describing: snapshot.plans, model: bench.model)
        described.reconstruct = snapshot.reconstruct
        guard let recipe = try? described.yaml() else { return nil }
        return KeptWork(
            model: bench.path, isDemo: bench.isDemo, modelFile: bench.fileState, recipe: recipe,
            recipePath: snapshot.recipePath.map(absolute), data: bench.dataPath,
            inputs: bench.model.graph.flatMap { $0.inputShapes.isEmpty ? nil : $0.inputShapes.mapValues(\.dimensions) },
            changedCount: snapshot.changedCount,
            place: snapshot.place, measured: snapshot.measured, tried: KeptTradeoff(snapshot.tried, of: bench.model), target: snapshot.target,
            saved: currentSeconds(), owner: .own)
    }
}
