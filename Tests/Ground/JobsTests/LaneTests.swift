import Basics
import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Jobs

/// Collects what is appended from any thread.
final class Log<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func append(_ element: Element) { elements.withLock { $0.append(element) } }

    var all: [Element] { elements.withLock { $0 } }
}

/// A door that work can be held at.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func pass() { semaphore.wait() }
}

struct Fault: Error, Equatable {
    var number: Int
}

@Suite("A lane")
struct LaneTests {
    @Test("Work runs one piece after the other, in order, and off the calling thread")
    func order() {
        let center = JobCenter { _ in Issue.record("no failure is due") }
        let lane = center.lane("test")
        let log = Log<Int>()
        let caller = pthread_self()
        for number in 0..<500 {
            lane.submit {
                log.append(number)
                #expect(pthread_self() != caller)
            }
        }
        #expect(center.waitUntilIdle())
        #expect(log.all == Array(0..<500))
    }

    @Test("Work counts as busy before it starts and until it is over")
    func busy() {
        let center = JobCenter { _ in }
        let lane = center.lane("test")
        let gate = Gate()
        #expect(!center.isBusy)
        lane.submit { gate.pass() }
        lane.submit {}
        #expect(center.isBusy)
        #expect(center.busy.count == 2)
        #expect(!center.waitUntilIdle(timeout: .milliseconds(5)))
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(!center.isBusy)
        #expect(center.waitUntilIdle(timeout: .zero))
    }

    @Test("What work throws is reported with its name, and the lane goes on")
    func failures() throws {
        let log = Log<JobFailure>()
        let center = JobCenter { log.append($0) }
        let lane = center.lane("figures")
        lane.submit("conv1") { throw Fault(number: 1) }
        lane.submit("conv2") { throw Cancelled() }
        lane.submit("conv3") { throw Fault(number: 3) }
        #expect(center.waitUntilIdle())
        #expect(log.all.map(\.lane) == ["figures", "figures"])
        #expect(log.all.map(\.job) == ["conv1", "conv3"])
        #expect(log.all.map { $0.error as? Fault } == [Fault(number: 1), Fault(number: 3)])
    }

    @Test("Work may submit work; idle means that this is done too")
    func nested() {
        let center = JobCenter { _ in }
        let first = center.lane("first")
        let second = center.lane("second", urgency: .background)
        let log = Log<Int>()
        first.submit {
            second.submit {
                first.submit { log.append(1) }
            }
        }
        #expect(center.waitUntilIdle())
        #expect(log.all == [1])
    }

    @Test("The busy count survives many threads")
    func manyThreads() {
        let busy = BusyCount()
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            for _ in 0..<1000 {
                busy.begin()
                busy.end()
            }
        }
        #expect(!busy.isBusy)
        #expect(busy.waitUntilIdle(timeout: .zero))
        #expect(busy.waitUntilIdle(timeout: .seconds(Int64.max)))
    }
}

@Suite("Stacks for faults")
struct FaultStackTests {
    private static func hasStack() -> Bool {
        var current = stack_t()
        return sigaltstack(nil, &current) == 0 && current.ss_flags & Int32(SS_DISABLE) == 0
    }

    @Test("Threads that work have a stack for the handler of their own overflow")
    func threads() {
        let found = Mutex<[Bool]>([])
        let busy = BusyCount()
        let lane = Lane("test", busy: busy) { _ in }
        for _ in 0..<8 { lane.submit { found.withLock { $0.append(Self.hasStack()) } } }
        busy.begin()
        let started = startLowPriorityThread {
            found.withLock { $0.append(Self.hasStack()) }
            busy.end()
        }
        #expect(started)
        #expect(busy.waitUntilIdle())
        #expect(found.withLock { $0 } == Array(repeating: true, count: 9))
    }
}
