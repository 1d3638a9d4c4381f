import Basics

/// The background work of one Pare: its lanes share a busy count and one place that failures go to.
public final class JobCenter: Sendable {
    public let busy = BusyCount()
    private let report: FailureReport

    /// `report` gets every failure of every lane, on the queue it happened on; a mailbox is a good place for it.
    public init(report: @escaping FailureReport) {
        self.report = report
    }

    public var isBusy: Bool { busy.isBusy }

    /// Blocks until no lane has work; false where that took longer than `timeout`.
    public func waitUntilIdle(timeout: Duration = .seconds(30)) -> Bool {
        busy.waitUntilIdle(timeout: timeout)
    }

    /// A new serial lane.
    public func lane(_ name: String, urgency: Urgency = .prompt) -> Lane {
        Lane(name, urgency: urgency, busy: busy, report: report)
    }

    /// A new pool of `workers` threads of lowered priority; by default one fewer than the machine has cores.
    public func pool<Key: Hashable & Sendable>(
        _ name: String, of keys: Key.Type = Key.self, workers: Int? = nil
    ) -> PriorityPool<Key> {
        let workers = workers ?? max(1, Machine.processorCount - 1)
        return PriorityPool(name, workers: workers, busy: busy, report: report)
    }
}
