import Basics
import Composition
import Compression
import Evaluation

extension Composer {
    /// Runs the network on what was chosen, for the criteria of plans that look at activations.
    ///
    /// - Throws: `Cancelled`, or where the data cannot be opened or the network not be run.
    public func measureActivity(
        for plans: [LayerPlan], on data: DataChoice, niceness: Int32 = 0, cancellation: CancellationToken = CancellationToken()
    ) throws {
        try measureActivity(for: plans, on: try data.open(for: model), niceness: niceness, cancellation: cancellation)
    }
}
