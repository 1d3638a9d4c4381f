import Basics
import Dispatch
import Synchronization
import Testing

@testable import Jobs

@Suite("Newest wins")
struct NewestWinsTests {
    private let center = JobCenter { Issue.record("\($0.error)") }

    @Test("Of 10,000 requests that come while one runs, one more runs")
    func flood() {
        let log = Log<Int>()
        let started = Gate()
        let gate = Gate()
        let slots = NewestWins<String, Int>(on: center.lane("flood")) { ticket in
            log.append(ticket.request)
            if ticket.request == 0 {
                started.open()
                gate.pass()
            }
        }
        slots.submit(0, for: "conv1")
        started.pass()
        for number in 1...10_000 { slots.submit(number, for: "conv1") }
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == [0, 10_000])
    }

    @Test("A flood from many threads runs few stale requests and the newest one last")
    func concurrentFlood() {
        let log = Log<(Int, Generation)>()
        let slots = NewestWins<Int, Int>(on: center.lane("flood")) { ticket in
            // Work that looks at its token, as all work should.
            for _ in 0..<10_000 where ticket.token.isCancelled { throw Cancelled() }
            log.append((ticket.key, ticket.generation))
        }
        let newest = Mutex<[Int: Generation]>([:])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<1_250 {
                let key = number % 2
                let generation = slots.submit(thread, for: key)
                newest.withLock { $0[key] = max($0[key] ?? generation, generation) }
            }
        }
        #expect(center.waitUntilIdle())
        for key in 0..<2 {
            let generations = log.all.filter { $0.0 == key }.map(\.1)
            #expect(generations == generations.sorted())
            #expect(generations.last == newest.withLock { $0[key] })
            if let last = generations.last { #expect(slots.isCurrent(last, for: key)) }
        }
    }

    @Test("A request's token is cancelled, and it is no longer current, once a newer one came")
    func generations() {
        let tokens = Log<CancellationToken>()
        let gates = [Gate(), Gate()]
        let started = Gate()
        let slots = NewestWins<String, Int>(on: center.lane("test")) { ticket in
            tokens.append(ticket.token)
            started.open()
            gates[ticket.request].pass()
        }
        let first = slots.submit(0, for: "a")
        started.pass()
        #expect(slots.isCurrent(first, for: "a"))
        #expect(!slots.isCurrent(first, for: "b"))
        #expect(!tokens.all[0].isCancelled)
        let second = slots.submit(1, for: "a")
        #expect(second > first)
        #expect(tokens.all[0].isCancelled)
        #expect(!slots.isCurrent(first, for: "a"))
        #expect(slots.isCurrent(second, for: "a"))
        for gate in gates { gate.open() }
        #expect(center.waitUntilIdle())
        #expect(!tokens.all[1].isCancelled)
        #expect(slots.isCurrent(second, for: "a"))
    }

    @Test("Keys do not disturb each other")
    func keys() {
        let log = Log<Int>()
        let gate = Gate()
        let lane = center.lane("test")
        let slots = NewestWins<Int, Int>(on: lane) { log.append($0.request) }
        lane.submit { gate.pass() }
        for number in 0..<100 { slots.submit(number, for: number % 10) }
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == Array(90..<100))
    }

    @Test("A cancelled request does not run, a later one for its key does")
    func cancelled() {
        let log = Log<Int>()
        let gate = Gate()
        let lane = center.lane("test")
        let slots = NewestWins<String, Int>(on: lane) { log.append($0.request) }
        lane.submit { gate.pass() }
        let first = slots.submit(1, for: "a")
        slots.submit(2, for: "b")
        slots.cancel("a")
        #expect(!slots.isCurrent(first, for: "a"))
        slots.submit(3, for: "a")
        slots.cancel("b")
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == [3])
        slots.submit(4, for: "a")
        slots.cancelAll()
        #expect(center.waitUntilIdle())
        #expect(log.all == [3] || log.all == [3, 4])
    }
}
