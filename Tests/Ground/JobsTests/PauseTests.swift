import Dispatch
import Synchronization
import Testing

@testable import Jobs

@Suite("Pause")
struct PauseTests {
    @Test("Who comes while it is held waits until it is released")
    func holding() {
        let pause = Pause()
        pause.wait()
        pause.hold()
        #expect(pause.isHeld)
        let passed = Atomic<Bool>(false)
        let (coming, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        DispatchQueue.global().async {
            coming.signal()
            pause.wait()
            passed.store(true, ordering: .releasing)
            done.signal()
        }
        coming.wait()
        let isThrough = passed.load(ordering: .acquiring)
        #expect(!isThrough)
        pause.release()
        #expect(done.wait(timeout: .now() + 30) == .success)
        let wentOn = passed.load(ordering: .acquiring)
        #expect(wentOn)
    }
}
