import Basics
import Composition
import Compression
import Evaluation
import Importance

extension Composer {
    /// Runs the network on what was chosen, for everything that plans choose by data.
    ///
    /// - Throws: `Cancelled`, or where the data cannot be opened or the network not be run.
    public func measureData(
        for plans: [LayerPlan], on data: DataChoice, niceness: Int32 = 0, cancellation: CancellationToken = CancellationToken()
    ) throws {
        try measureData(for: plans, on: try data.open(for: model), niceness: niceness, cancellation: cancellation)
    }
}
