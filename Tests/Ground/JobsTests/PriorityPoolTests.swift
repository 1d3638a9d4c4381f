import Basics
import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Jobs

@Suite("A pool by priority")
struct PriorityPoolTests {
    private let center = JobCenter { Issue.record("\($0.error)") }

    /// A pool of one thread that is held until the gate opens, so that what is submitted meanwhile waits.
    private func heldPool() -> (pool: PriorityPool<Int>, gate: Gate) {
        let pool = center.pool("test", of: Int.self, workers: 1)
        let gate = Gate()
        let started = Gate()
        pool.submit(-1, rank: 0) { _ in
            started.open()
            gate.pass()
        }
        started.pass()
        return (pool, gate)
    }

    @Test("The most wanted runs first, of equals the first submitted")
    func order() {
        let (pool, gate) = heldPool()
        let log = Log<Int>()
        for (key, rank) in [(0, 5), (1, 1), (2, 5), (3, 0), (4, 1)] {
            pool.submit(key, rank: rank) { _ in log.append(key) }
        }
        #expect(pool.waiting == [3, 1, 4, 0, 2])
        #expect(pool.running == [-1])
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == [3, 1, 4, 0, 2])
        #expect(pool.waiting.isEmpty && pool.running.isEmpty)
    }

    @Test("What waits can be ranked anew: the layer on screen, its neighbours, the rest")
    func ranking() {
        let (pool, gate) = heldPool()
        let log = Log<Int>()
        for key in 0..<6 { pool.submit(key, rank: key) { _ in log.append(key) } }
        pool.rank { abs($0 - 4) }
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == [4, 3, 5, 2, 1, 0])
    }

    @Test("Work submitted again under its key replaces what waits and cancels what runs")
    func replaced() {
        let (pool, gate) = heldPool()
        let log = Log<String>()
        let token = Log<CancellationToken>()
        let running = Gate()
        let inner = Gate()
        pool.submit(1, rank: 0) { _ in log.append("old") }
        pool.submit(1, rank: 0) {
            token.append($0)
            log.append("new")
            running.open()
            inner.pass()
        }
        #expect(center.busy.count == 2)
        gate.open()
        running.pass()
        #expect(pool.running == [1])
        pool.submit(1, rank: 0) { _ in log.append("newest") }
        #expect(token.all[0].isCancelled)
        #expect(pool.running == [])
        inner.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == ["new", "newest"])
    }

    @Test("Cancelled work does not run, running work sees its token, and the pool becomes idle")
    func cancelled() {
        let (pool, gate) = heldPool()
        let log = Log<Int>()
        for key in 0..<5 { pool.submit(key, rank: 0) { _ in log.append(key) } }
        pool.cancel(2)
        pool.cancel(77)
        #expect(pool.waiting == [0, 1, 3, 4])
        gate.open()
        #expect(center.waitUntilIdle())
        #expect(log.all == [0, 1, 3, 4])

        let started = Gate()
        pool.submit(8, rank: 0) { token in
            started.open()
            while !token.isCancelled { sched_yield() }
            throw Cancelled()
        }
        pool.submit(9, rank: 0) { _ in log.append(9) }
        started.pass()
        pool.cancelAll()
        #expect(center.waitUntilIdle())
        #expect(log.all == [0, 1, 3, 4])
    }

    @Test("No more threads run than workers, and that many do", arguments: [1, 2, 5])
    func workers(limit: Int) {
        let pool = center.pool("test", of: Int.self, workers: limit)
        let now = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let everyone = DispatchSemaphore(value: 0)
        let ran = Log<Int>()
        for key in 0..<40 {
            pool.submit(key, rank: key) { _ in
                let count = now.add(1, ordering: .acquiringAndReleasing).newValue
                most.max(count, ordering: .acquiringAndReleasing)
                // The first ones wait for each other: were there fewer threads, nobody would come.
                if key < limit {
                    if key == limit - 1 { for _ in 1..<limit { everyone.signal() } } else { everyone.wait() }
                }
                ran.append(key)
                now.subtract(1, ordering: .acquiringAndReleasing)
            }
        }
        #expect(center.waitUntilIdle())
        #expect(most.load(ordering: .acquiring) <= limit)
        #expect(ran.all.sorted() == Array(0..<40))
    }

    @Test("Its threads are nicer than the others and take no signals")
    func niceness() {
        let pool = center.pool("test", of: Int.self)
        let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &before)
        let seen = Log<Int32>()
        let blocks = Log<Bool>()
        pool.submit(0, rank: 0) { _ in
            seen.append(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            blocks.append(
                sigismember(&mask, SIGWINCH) == 1 && sigismember(&mask, SIGINT) == 1
                    && sigismember(&mask, SIGSEGV) == 0)
        }
        #expect(center.waitUntilIdle())
        #expect(seen.all == [min(own + 10, 19)])
        #expect(blocks.all == [true])
        #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) == own)
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        for signal in 1..<Int32(32) { #expect(sigismember(&mask, signal) == sigismember(&before, signal)) }
    }

    @Test("What work throws is reported and the pool goes on")
    func failures() {
        let log = Log<JobFailure>()
        let center = JobCenter { log.append($0) }
        let pool = center.pool("prepare", of: Int.self, workers: 1)
        let ran = Log<Int>()
        pool.submit(0, rank: 0, job: "conv1") { _ in throw Fault(number: 7) }
        pool.submit(1, rank: 1) { try $0.check() }
        pool.submit(2, rank: 2) { _ in ran.append(2) }
        #expect(center.waitUntilIdle())
        #expect(log.all.map(\.job) == ["conv1"])
        #expect(log.all.first?.lane == "prepare")
        #expect(ran.all == [2])
    }

    @Test("Submitting, ranking and cancelling from many threads loses no work and no count")
    func storm() {
        let pool = center.pool("storm", of: Int.self, workers: 3)
        let ran = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var random = SeededRandom(seed: UInt64(thread))
            for step in 0..<500 {
                let key = Int.random(in: 0..<50, using: &random)
                switch step % 10 {
                case 7: pool.cancel(key)
                case 8: pool.rank { $0 ^ key }
                case 9 where step == 249: pool.cancelAll()
                default: pool.submit(key, rank: key) { _ in ran.add(1, ordering: .relaxed) }
                }
            }
        }
        pool.submit(99, rank: 0) { _ in ran.add(1_000_000, ordering: .relaxed) }
        #expect(center.waitUntilIdle())
        #expect(!center.isBusy)
        #expect(pool.waiting.isEmpty)
        #expect(ran.load(ordering: .relaxed) > 1_000_000)
    }
}
