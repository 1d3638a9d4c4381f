import Dispatch
import Synchronization

/// How much work is under way; counted before the work starts, so that idle means that nothing is waiting either.
public final class BusyCount: Sendable {
    private let underWay = Atomic<Int>(0)
    private let group = DispatchGroup()

    public init() {}

    /// Pieces of work that were begun and not ended.
    public var count: Int { underWay.load(ordering: .acquiring) }

    public var isBusy: Bool { count > 0 }

    /// Counts one piece of work; every `begin` needs one `end`.
    public func begin() {
        underWay.add(1, ordering: .acquiringAndReleasing)
        group.enter()
    }

    /// Counts one piece of work as over.
    public func end() {
        let left = underWay.subtract(1, ordering: .acquiringAndReleasing).newValue
        precondition(left >= 0, "end of work that was never begun")
        group.leave()
    }

    /// Blocks until nothing is under way; false where that took longer than `timeout`. For tests and the command line.
    public func waitUntilIdle(timeout: Duration = .seconds(30)) -> Bool {
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let wait: DispatchTime =
            nanoseconds.overflow
            ? .distantFuture : .now() + .nanoseconds(nanoseconds.partialValue) + .nanoseconds(Int(attoseconds / 1_000_000_000))
        return group.wait(timeout: wait) == .success
    }
}
