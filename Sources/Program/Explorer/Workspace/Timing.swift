/// How long a sample takes in the original network and under a configuration.
public struct Timing: Sendable, Hashable {
    /// Seconds a sample.
    public var original: Double
    public var changed: Double
    public var plans: ChangedPlans
}
