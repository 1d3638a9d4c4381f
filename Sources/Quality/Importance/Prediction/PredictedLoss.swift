import Basics
import Composition
import Compression
import Evaluation

/// What a change of one layer is expected to cost in loss, all others as they were, without running the network.
public struct PredictedLoss: Sendable, Hashable {
    /// The rise of the loss an answer: of the divergence from the original's answers in nats, or half of the error's share of the variance of
    /// answers that are numbers.
    public let value: Double

    /// Takes a prediction by the curvature of the loss.
    public init(_ value: Double) { self.value = value }

    /// Within which four of five measurements lay of the network that is the hardest to foretell, and nearly all of the others
    /// (Benchmarks/studies/predicted_loss.py). The loss of large changes is no parabola: they are known to less.
    public var interval: ClosedRange<Double> {
        value / (Self.spread * (1 + value))...value * Self.spread * (1 + Self.growth * min(value, 1))
    }

    /// By what factor the loss of small changes may miss.
    private static let spread = 3.0
    /// By how much more, for each unit of loss, it may be above what is predicted.
    private static let growth = 5.0
}

extension LinearOperator {
    /// The axis of the stored weights that counts outputs.
    public var outputAxis: Int {
        switch form {
        case .convolution: 0
        case .transposedConvolution: 1
        case .product(isTransposed: true): shape.rank == 3 ? 1 : 0
        case .product(isTransposed: false): 1
        }
    }
}

extension NetworkImportance {
    /// The predicted loss of what a plan leaves of a layer; nil where the data says nothing of it.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func loss(
        of layer: PlacedLayer, _ plan: LayerPlan, _ cancellation: CancellationToken? = nil
    ) throws -> PredictedLoss? {
        guard let importance = layers[layer.number] else { return nil }
        var changes = try layer.remaining(plan, outputAxis: importance.operation.outputAxis, cancellation)
        try layer.weights.read().forEachChunk { offset, chunk in
            for index in chunk.indices { changes[offset + index] -= chunk[index] }
        }
        return PredictedLoss(importance.loss(ofChanges: changes))
    }
}
