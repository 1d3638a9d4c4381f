import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Importance

/// What the plans of a network's layers are expected to cost in loss, each by itself.
public struct PredictedLosses: Sendable {
    /// By layer of the model as it was opened; nil where nothing is known.
    public let layers: [PredictedLoss?]
    /// What the data says of the layers.
    public let importance: NetworkImportance

    /// Looks at samples of `data`, and at what is left of each layer. Nil of a network that has learned since: what its weights then cost is
    /// measured, not predicted.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run both ways on the data.
    public init?(
        of network: RecipeNetwork, on data: DataSet?, cancellation: CancellationToken = CancellationToken(),
        progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws {
        guard !network.hasLearned else { return nil }
        let composer = network.composer
        let inputs = try NetworkImportance.inputs(of: composer.model, from: data)
        let importance = try NetworkImportance.measure(composer.model, on: inputs, cancellation: cancellation, progress: progress)
        let shapes = try composer.compose(network.left, patience: .thorough, cancellation: cancellation)
        layers = try shapes.placedLayers.enumerated().map { layer, placed in
            let plan = network.left[layer]
            guard placed.refusal == nil, !plan.keepsWeights || !placed.composed.isUntouched else { return nil }
            do {
                return try importance.loss(of: placed, plan, cancellation)
            } catch let failure as PreparationFailure where failure != .cancelled { return nil }
        }
        self.importance = importance
    }
}
