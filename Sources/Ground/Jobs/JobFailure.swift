import Basics

/// An error that left a piece of background work; `Cancelled` never becomes one.
public struct JobFailure: Error, Sendable {
    /// The lane or pool the work ran on.
    public var lane: String
    /// What the work was, as its submitter named it: `prepare conv1`.
    public var job: String
    public var error: any Error

    public init(lane: String, job: String, error: any Error) {
        self.lane = lane
        self.job = job
        self.error = error
    }
}

/// Gets every failure; called on the queue the work ran on.
public typealias FailureReport = @Sendable (JobFailure) -> Void

/// Runs `work` and reports what it throws, cancellation apart.
func perform(lane: String, job: String, report: FailureReport, _ work: () throws -> Void) {
    FaultStack.prepare()
    do {
        try work()
    } catch is Cancelled {
        // An outcome, no failure.
    } catch {
        report(JobFailure(lane: lane, job: job, error: error))
    }
}
