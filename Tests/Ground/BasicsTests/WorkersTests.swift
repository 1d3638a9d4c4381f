import Basics
import Glibc
import Synchronization
import Testing

@Suite("Threads that share pieces of work")
struct WorkersTests {
    private struct Refusal: Error, Equatable { var piece: Int }

    @Test("Every piece is done once, whatever the number of workers", arguments: [1, 2, 7])
    func pieces(_ count: Int) {
        let done = Mutex([Int](repeating: 0, count: 100))
        let states = Workers(count: count).run(100, makeState: { 0 }) { state, piece in
            state += piece
            done.withLock { $0[piece] += 1 }
        }
        #expect(done.withLock { $0 } == Array(repeating: 1, count: 100))
        #expect(states.count == count && states.reduce(0, +) == 4950)
        Workers(count: count).run(0) { _ in Issue.record("there is nothing to do") }
    }

    @Test("None is begun once the token is cancelled")
    func cancellation() {
        let token = CancellationToken()
        let done = Mutex(0)
        Workers(count: 3).run(1_000, cancellation: token) { _ in
            done.withLock { $0 += 1 }
            token.cancel()
        }
        #expect(done.withLock { $0 } <= 3)
    }

    @Test("Costs of pieces under way stay within the budget, but for a piece that costs more, which is alone")
    func budget() throws {
        let costs = [3, 3, 3, 20, 1, 1, 1, 1, 9, 9, 10, 0, 0, 4]
        struct Seen {
            var begun: [Int] = []
            var cost = 0
            var underWay = 0
            var excess: [Int] = []
        }
        let seen = Mutex(Seen())
        try Workers(count: 4).run(costs: costs, within: 10) { piece in
            seen.withLock { seen in
                seen.begun.append(piece)
                seen.cost += costs[piece]
                seen.underWay += 1
                if seen.cost > 10, seen.underWay > 1 { seen.excess.append(piece) }
            }
            for _ in 0..<1_000 { sched_yield() }
            seen.withLock { seen in
                seen.cost -= costs[piece]
                seen.underWay -= 1
            }
        }
        let found = seen.withLock { $0 }
        #expect(found.begun.sorted() == Array(costs.indices))
        #expect(found.excess.isEmpty)
    }

    @Test("The failure that comes first in the pieces' order is thrown, and nothing is begun behind it", arguments: [1, 4])
    func failure(_ count: Int) {
        let begun = Mutex(0)
        let thrown = #expect(throws: Refusal.self) {
            try Workers(count: count).run(costs: Array(repeating: 1, count: 1_000), within: 4) { piece in
                begun.withLock { $0 += 1 }
                if piece >= 5 { throw Refusal(piece: piece) }
            }
        }
        #expect(thrown == Refusal(piece: 5))
        #expect(begun.withLock { $0 } < 5 + 1 + count)
    }

    @Test("A program that was started with nice has as many workers as any other")
    func nice() async {
        await #expect(processExitsWith: .success) {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            guard Workers.available.count == Machine.processorCount else { exit(1) }
        }
    }

    @Test("On a thread that stands back there is that thread alone")
    func standingBack() {
        StandingBack.$isCurrent.withValue(true) { #expect(Workers.available.count == 1) }
        #expect(Workers.available.count == Machine.processorCount)
    }
}
