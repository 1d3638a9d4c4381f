import Dispatch
import Synchronization

/// Holds work that is under way, and lets it go on.
public final class Pause: Sendable {
    private struct State {
        var isHeld = false
        var waiting: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var isHeld: Bool { state.withLock { $0.isHeld } }

    /// Whoever comes to `wait` from now on stays there.
    public func hold() { state.withLock { $0.isHeld = true } }

    /// Lets everybody go on.
    public func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }

    /// Returns at once, or when what is held was released; it takes no processor meanwhile.
    public func wait() {
        let semaphore = state.withLock { state -> DispatchSemaphore? in
            guard state.isHeld else { return nil }
            let semaphore = DispatchSemaphore(value: 0)
            state.waiting.append(semaphore)
            return semaphore
        }
        semaphore?.wait()
    }
}
