import Basics
import Synchronization

/// Background work by key, the most wanted first; what is wanted most may change while it waits.
///
/// At most `workers` threads run, of lowered priority, so that the lanes a hand waits for are not starved. A thread
/// lives while there is work; an idle pool has none.
public final class PriorityPool<Key: Hashable & Sendable>: Sendable {
    public let name: String
    /// How many threads may run at once.
    public let workers: Int
    private let state = Mutex(State())
    private let busy: BusyCount
    private let report: FailureReport

    /// Creates a pool that counts its work in `busy` and hands what the work throws to `report`.
    public init(_ name: String, workers: Int, busy: BusyCount, report: @escaping FailureReport) {
        precondition(workers > 0, "a pool needs a worker, not \(workers)")
        self.name = name
        self.workers = workers
        self.busy = busy
        self.report = report
    }

    /// Keys whose work waits, most wanted first.
    public var waiting: [Key] {
        state.withLock { $0.order }
    }

    /// Keys whose work runs and was not cancelled.
    public var running: [Key] {
        state.withLock { state in state.running.values.filter { !$0.token.isCancelled }.map(\.key) }
    }

    /// Queues work under a key; the lower the rank, the sooner it runs. It counts as busy from now on.
    ///
    /// Work that waits under the same key is replaced; work that runs under it is cancelled.
    public func submit(
        _ key: Key, rank: Int, job: String = "", _ work: @escaping @Sendable (CancellationToken) throws -> Void
    ) {
        busy.begin()
        let (replaced, needsThread) = state.withLock { state in
            state.cancelRunning(key)
            let job = Job(name: job, rank: rank, number: state.nextNumber, token: CancellationToken(), work: work)
            state.nextNumber += 1
            let replaced = state.waiting.updateValue(job, forKey: key) != nil
            return (replaced, state.takesThread(workers))
        }
        if replaced { busy.end() }
        if needsThread { startThread() }
    }

    /// Gives every waiting key a new rank; the lower, the sooner. Work that runs goes on.
    public func rank(by rank: (Key) -> Int) {
        state.withLock { state in
            for key in state.waiting.keys { state.waiting[key]?.rank = rank(key) }
        }
    }

    /// Drops what waits under `key` and cancels what runs under it.
    public func cancel(_ key: Key) {
        let dropped = state.withLock { state in
            state.cancelRunning(key)
            return state.waiting.removeValue(forKey: key) != nil
        }
        if dropped { busy.end() }
    }

    /// Drops everything that waits and cancels everything that runs.
    public func cancelAll() {
        let dropped = state.withLock { state in
            for job in state.running.values { job.token.cancel() }
            defer { state.waiting = [:] }
            return state.waiting.count
        }
        for _ in 0..<dropped { busy.end() }
    }

    private func startThread() {
        let started = startLowPriorityThread { [self] in runUntilNothingWaits() }
        guard !started else { return }
        // No thread to be had: where none is left to do the work either, the caller does it.
        let isLast = state.withLock { state in
            if state.threads == 1 { return true }
            state.threads -= 1
            return false
        }
        if isLast { runUntilNothingWaits() }
    }

    private func runUntilNothingWaits() {
        while let job = state.withLock({ $0.takeNext() }) {
            perform(lane: name, job: job.name, report: report) { try job.work(job.token) }
            state.withLock { $0.running[job.number] = nil }
            busy.end()
        }
    }
}

extension PriorityPool {
    private struct Job: Sendable {
        var name: String
        var rank: Int
        /// Order of submission, between jobs of equal rank.
        var number: Int
        var token: CancellationToken
        var work: @Sendable (CancellationToken) throws -> Void
    }

    private struct State {
        var nextNumber = 0
        var waiting: [Key: Job] = [:]
        /// By the number of the job: a cancelled job of the same key may still be on its way out.
        var running: [Int: (key: Key, token: CancellationToken)] = [:]
        /// Threads that run or are about to.
        var threads = 0

        var order: [Key] {
            waiting.sorted { ($0.value.rank, $0.value.number) < ($1.value.rank, $1.value.number) }.map(\.key)
        }

        func cancelRunning(_ key: Key) {
            for job in running.values where job.key == key { job.token.cancel() }
        }

        /// Whether one more thread is wanted; if so, it counts from now on.
        mutating func takesThread(_ limit: Int) -> Bool {
            guard threads < limit, threads < waiting.count + running.count else { return false }
            threads += 1
            return true
        }

        /// Moves the most wanted job from waiting to running; where nothing waits, the thread that asks counts as gone.
        mutating func takeNext() -> Job? {
            let next = waiting.min { ($0.value.rank, $0.value.number) < ($1.value.rank, $1.value.number) }
            guard let (key, job) = next else {
                threads -= 1
                return nil
            }
            waiting[key] = nil
            running[job.number] = (key, job.token)
            return job
        }
    }
}
