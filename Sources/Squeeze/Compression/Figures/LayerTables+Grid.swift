import Basics
import TensorCore

extension LayerTables {
    /// A plan with the step of its grid written out as it is for these weights, so that it stays the same for others: a number of clusters
    /// divides the range of the weights that it meets. Plans without a grid stay as they are.
    ///
    /// `weights` is the tensor the tables were prepared from.
    public func withStep(
        _ plan: LayerPlan, weights: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> LayerPlan {
        guard let share = plan.share, share.method.isOnGrid, share.step == nil else { return plan }
        let survivors = try evaluated(
            LayerPlan(prune: plan.prune), weights: weights, cancellation: cancellation, for: .values
        ).evaluation.survivors
        guard survivors.count > 0 else { return plan }
        let step = EntropyConstrained.step(of: share, survivors)
        var settled = plan
        settled.share?.set(step: Double(step))
        return settled
    }
}
