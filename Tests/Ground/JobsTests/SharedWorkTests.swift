import Basics
import Dispatch
import Synchronization
import Testing

@testable import Jobs

@Suite("Work that several want")
struct SharedWorkTests {
    private struct Failure: Error {}

    @Test("It is done once, and others get what comes of it; one that fails is done again by who waits")
    func once() throws {
        for fails in [false, true] {
            let work = SharedWork<String, Int>()
            let count = Atomic<Int>(0)
            let (begun, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let found = Mutex<[Int?]>([])
            let all = DispatchGroup()
            func want() {
                DispatchQueue.global().async(group: all) {
                    let value = try? work.value(of: "a", cancellation: CancellationToken()) {
                        let number = count.add(1, ordering: .relaxed).newValue
                        begun.signal()
                        goesOn.wait()
                        if fails, number == 1 { throw Failure() }
                        return number
                    }
                    found.withLock { $0.append(value) }
                }
            }
            want()
            begun.wait()
            want()
            // Other work does not wait for it.
            #expect(try work.value(of: "b", cancellation: CancellationToken()) { 7 } == 7)
            goesOn.signal()
            goesOn.signal()
            all.wait()
            #expect(Set(found.withLock { $0 }) == (fails ? [nil, 2] : Set(count.load(ordering: .relaxed) == 1 ? [1] : [1, 2])))
        }
    }

    @Test("One who waits and is cancelled gives up")
    func cancelled() {
        let work = SharedWork<String, Int>()
        let (begun, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let all = DispatchGroup()
        DispatchQueue.global().async(group: all) {
            _ = try? work.value(of: "a", cancellation: CancellationToken()) {
                begun.signal()
                goesOn.wait()
                return 1
            }
        }
        begun.wait()
        let token = CancellationToken()
        token.cancel()
        #expect(throws: Cancelled.self) { try work.value(of: "a", cancellation: token) { 2 } }
        goesOn.signal()
        all.wait()
    }
}
