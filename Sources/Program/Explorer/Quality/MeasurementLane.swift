import Basics
import Dispatch
import Jobs
import Synchronization

/// Measures one configuration after the other on a thread of lowered priority; the newest goes before all.
///
/// A newer request cancels the one that runs, unless that has not delivered its first result yet: it may still do so for
/// a while, or a hand that keeps moving would never see a figure. What is only of use in quiet moments waits behind, and
/// is dropped as soon as something else is asked for.
final class MeasurementLane: Sendable {
    /// A piece of work as it runs.
    struct Run: Sendable {
        let token: CancellationToken
        /// To be called after each result.
        let delivered: @Sendable () -> Void
    }

    /// Work says itself what went wrong with it; a cancelled run just ends.
    typealias Work = @Sendable (Run) -> Void

    private enum Key: Hashable, Sendable { case measure }

    fileprivate struct Running {
        var number: Int
        var token: CancellationToken
        var begun: ContinuousClock.Instant
        /// Whether a newer request no longer has to wait for it.
        var isDispensable: Bool
    }

    fileprivate struct State {
        var newest: Work?
        /// Work for quiet moments, the most wanted first.
        var later: [Work] = []
        var running: Running?
        var lastNumber = 0
        /// Whether a thread is at it or about to be.
        var isActive = false
    }

    private let state = Mutex(State())
    private let pool: PriorityPool<Key>
    private let patience: Duration

    /// Creates a lane that lets work go on for `patience` until its first result.
    init(_ jobs: JobCenter, patience: Duration = .milliseconds(250)) {
        pool = jobs.pool("quality", workers: 1)
        self.patience = patience
    }

    /// Puts work in the place of all that waits; it counts as busy from now on.
    func submit(_ work: @escaping Work) {
        let (start, deadline) = state.withLock { state in
            state.newest = work
            state.later = []
            return (state.takesThread(), state.giveWay(patience))
        }
        if let deadline { cancelRunning(deadline.number, after: deadline.rest) }
        if start { startThread() }
    }

    /// Puts work behind all that waits; dropped by the next `submit`.
    func append(_ work: [Work]) {
        guard !work.isEmpty else { return }
        let start = state.withLock { state in
            state.later += work
            return state.takesThread()
        }
        if start { startThread() }
    }

    /// Drops all that waits and cancels what runs.
    func cancelAll() {
        state.withLock { state in
            state.newest = nil
            state.later = []
            state.running?.token.cancel()
        }
    }

    private func startThread() {
        pool.submit(.measure, rank: 0, job: "measure") { [self] _ in
            while let (work, running) = state.withLock({ $0.takeNext() }) {
                defer { state.withLock { $0.running = nil } }
                work(Run(token: running.token) { [self] in delivered(running.number) })
            }
        }
    }

    private func delivered(_ number: Int) {
        state.withLock { state in
            guard state.running?.number == number else { return }
            state.running?.isDispensable = true
            if state.newest != nil { state.running?.token.cancel() }
        }
    }

    private func cancelRunning(_ number: Int, after rest: Duration) {
        let nanoseconds = Int(rest / .nanoseconds(1))
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(max(0, nanoseconds))) { [weak self] in
            self?.state.withLock { state in
                if state.running?.number == number, state.newest != nil { state.running?.token.cancel() }
            }
        }
    }
}

extension MeasurementLane.State {
    /// Whether a thread must be started for what waits; it counts from now on.
    fileprivate mutating func takesThread() -> Bool {
        defer { isActive = true }
        return !isActive
    }

    /// Cancels what runs where it is dispensable, else says how long it may go on.
    fileprivate mutating func giveWay(_ patience: Duration) -> (number: Int, rest: Duration)? {
        guard let running else { return nil }
        let rest = patience - running.begun.duration(to: .now)
        guard running.isDispensable || rest <= .zero else { return (running.number, rest) }
        running.token.cancel()
        return nil
    }

    /// What is wanted most, as running from now on; where nothing waits, the thread that asks counts as gone.
    fileprivate mutating func takeNext() -> (work: MeasurementLane.Work, running: MeasurementLane.Running)? {
        let isLater = newest == nil
        guard let work = newest ?? later.first else {
            isActive = false
            return nil
        }
        if isLater { later.removeFirst() } else { newest = nil }
        lastNumber += 1
        let running = MeasurementLane.Running(
            number: lastNumber, token: CancellationToken(), begun: .now, isDispensable: isLater)
        self.running = running
        return (work, running)
    }
}
