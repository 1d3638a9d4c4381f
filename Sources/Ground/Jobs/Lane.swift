import Dispatch

/// How urgently a lane's work is wanted.
public enum Urgency: Sendable, Hashable {
    /// Someone waits for it with a hand on a slider.
    case interactive
    /// Someone waits for it.
    case prompt
    /// Nobody waits yet.
    case background

    var quality: DispatchQoS {
        switch self {
        case .interactive: .userInteractive
        case .prompt: .userInitiated
        case .background: .utility
        }
    }
}

/// A serial queue: its work runs off the main thread, one piece after the other, in the order it was submitted.
public final class Lane: Sendable {
    public let name: String
    private let queue: DispatchQueue
    private let busy: BusyCount
    private let report: FailureReport

    /// Creates a lane that counts its work in `busy` and hands what the work throws to `report`.
    public init(_ name: String, urgency: Urgency = .prompt, busy: BusyCount, report: @escaping FailureReport) {
        self.name = name
        self.busy = busy
        self.report = report
        queue = DispatchQueue(label: "pare.\(name)", qos: urgency.quality)
    }

    /// Queues `work`; it counts as busy from now on. What it throws is reported under the name `job`.
    public func submit(_ job: String = "", _ work: @escaping @Sendable () throws -> Void) {
        busy.begin()
        queue.async { [self] in
            perform(lane: name, job: job, report: report, work)
            busy.end()
        }
    }
}
