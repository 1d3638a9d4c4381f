import Basics
import Dispatch
import Jobs
import Synchronization

/// Threads that share the runs of a round.
struct Crew: Sendable {
    /// One a core.
    let count: Int
    /// What is added to the threads' niceness, so that whoever drags a slider is served first.
    let niceness: Int32

    init(niceness: Int32) {
        count = Machine.processorCount
        self.niceness = niceness
    }

    /// Calls `body` once on each thread with the thread's number, and waits for all; throws what the first failure threw.
    func perform(_ body: @escaping @Sendable (Int) throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        let group = DispatchGroup()
        for worker in 0..<count {
            group.enter()
            let work: @Sendable () -> Void = {
                do { try body(worker) } catch {
                    failure.withLock { first in if first == nil { first = error } }
                }
                group.leave()
            }
            // Without threads left, the caller does the work.
            if !startLowPriorityThread(niceness: niceness, work) { work() }
        }
        group.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
