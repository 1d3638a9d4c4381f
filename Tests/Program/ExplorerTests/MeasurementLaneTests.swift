import Basics
import Jobs
import Synchronization
import Testing

@testable import Explorer

@Suite("The lane that measures")
struct MeasurementLaneTests {
    /// What ran, in order, with how it ended.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private let jobs = JobCenter { _ in }
    private let log = Log()

    /// Runs until its gate opens or it is cancelled, delivering first where it is asked to.
    private func work(_ name: String, delivers: Bool, _ gate: Gate, _ started: Gate? = nil) -> MeasurementLane.Work {
        { [log] run in
            if delivers { run.delivered() }
            started?.open()
            gate.pass(run.token)
            log.add("\(name) \(run.token.isCancelled ? "cancelled" : "done")")
        }
    }

    private func closed() -> Gate {
        let gate = Gate()
        gate.close()
        return gate
    }

    @Test("Work that has delivered gives way to newer work at once")
    func delivered() {
        let lane = MeasurementLane(jobs, patience: .seconds(60))
        let (gate, started) = (closed(), closed())
        lane.submit(work("old", delivers: true, gate, started))
        started.pass(CancellationToken())
        lane.submit(work("new", delivers: true, Gate()))
        #expect(jobs.waitUntilIdle())
        #expect(log.all == ["old cancelled", "new done"])
    }

    @Test("Work that has not delivered goes on until it has, and of those that wait only the newest runs")
    func undelivered() {
        let lane = MeasurementLane(jobs, patience: .seconds(60))
        let (gate, started) = (closed(), closed())
        lane.submit { [log] run in
            started.open()
            gate.pass(run.token)
            log.add("first figure, \(run.token.isCancelled ? "cancelled" : "wanted")")
            run.delivered()
            log.add(run.token.isCancelled ? "cancelled" : "wanted")
        }
        started.pass(CancellationToken())
        for name in ["a", "b", "c"] { lane.submit(work(name, delivers: true, Gate())) }
        gate.open()
        #expect(jobs.waitUntilIdle())
        #expect(log.all == ["first figure, wanted", "cancelled", "c done"])
    }

    @Test("Patience with work that does not deliver ends")
    func impatience() {
        let lane = MeasurementLane(jobs, patience: .milliseconds(5))
        let (gate, started) = (closed(), closed())
        lane.submit(work("old", delivers: false, gate, started))
        started.pass(CancellationToken())
        lane.submit(work("new", delivers: true, Gate()))
        // The gate stays closed: only the lane's patience ends the old work.
        #expect(jobs.waitUntilIdle())
        #expect(log.all == ["old cancelled", "new done"])
    }

    @Test("Work for quiet moments runs after all else, and a newer request cancels and drops it")
    func quietMoments() {
        let lane = MeasurementLane(jobs, patience: .seconds(60))
        let (gate, started) = (closed(), closed())
        lane.append([work("quiet 1", delivers: false, gate, started), work("quiet 2", delivers: false, Gate())])
        started.pass(CancellationToken())
        lane.submit(work("new", delivers: true, Gate()))
        #expect(jobs.waitUntilIdle())
        #expect(log.all == ["quiet 1 cancelled", "new done"])
        lane.append([work("quiet 3", delivers: false, Gate())])
        #expect(jobs.waitUntilIdle())
        #expect(log.all.last == "quiet 3 done")
    }

    @Test("Cancelling everything leaves nothing to do")
    func cancellingAll() {
        let lane = MeasurementLane(jobs)
        let (gate, started) = (closed(), closed())
        lane.submit(work("old", delivers: false, gate, started))
        started.pass(CancellationToken())
        lane.append([work("quiet", delivers: false, Gate())])
        lane.cancelAll()
        #expect(jobs.waitUntilIdle())
        #expect(log.all == ["old cancelled"])
    }
}
