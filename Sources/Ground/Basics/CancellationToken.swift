import Synchronization

/// Tells work on another queue that its result is no longer wanted; long loops look at it every few thousand steps.
public final class CancellationToken: Sendable {
    private let cancelled = Atomic<Bool>(false)

    public init() {}

    public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    public func cancel() { cancelled.store(true, ordering: .relaxed) }

    /// Throws `Cancelled` once `cancel` was called.
    public func check() throws(Cancelled) {
        if isCancelled { throw Cancelled() }
    }
}

/// The outcome of work that was cancelled: no failure, never shown as one.
public struct Cancelled: Error, Hashable {
    public init() {}
}
