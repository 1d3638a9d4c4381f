import Basics
import Composition
import Compression
import Importance
import NeuralNetwork
import Reconstruction
import TensorCore

/// What a network that has learned holds in the place of each layer of the model as it was opened.
public struct LearnedLayers: Sendable {
    private let asked: ComposedModel
    private let learned: ComposedModel
    private let left: [LayerPlan]

    /// `asked` is the opened model in the shapes that were asked for.
    ///
    /// - Throws: `Cancelled`, or where the network has no shapes.
    public init(of network: RecipeNetwork, in asked: ComposedModel, cancellation: CancellationToken? = nil) throws {
        self.asked = asked
        left = network.left
        learned = try network.composer.compose(left, patience: .thorough, cancellation: cancellation)
    }

    /// The values of a tensor, as its file holds them.
    public func values(_ part: PlacedPart, _ cancellation: CancellationToken? = nil) throws -> Tensor {
        try learned.placed(part.place).parts[0].values(left[part.place], cancellation)
    }

    /// The tables of what is left of a tensor, from which its values are read off.
    public func tables(_ part: PlacedPart, _ cancellation: CancellationToken? = nil) throws -> LayerTables {
        try learned.placed(part.place).parts[0].preparedTables(cancellation)
    }

    /// The figures of each layer; `tensors` are those of what the network stores.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read.
    public func figures(_ tensors: [LayerFigures], _ cancellation: CancellationToken? = nil) throws -> [LayerFigures] {
        try asked.placedLayers.map { layer in
            guard layer.refusal == nil else { return .asStored(layer.weights) }
            let known = layer.parts.map { (figures: tensors[$0.place], hasEntry: !left[$0.place].keepsWeights) }
            return try layer.figures(holding: known) { try values($0, cancellation) }
        }
    }

    /// The layer's weights as they were opened with what the network holds in their place, for whoever gives what it says of the layer;
    /// nil where nothing changed.
    public func weights(_ layer: Int, _ known: LayerImportance, _ cancellation: CancellationToken? = nil) throws -> [Float]? {
        let placed = asked.placed(layer)
        guard placed.refusal == nil else { return nil }
        let weights = try placed.remaining(outputAxis: known.operation.outputAxis) { try values($0, cancellation) }
        return weights == (try placed.weights.read().floats()) ? nil : weights
    }

    /// What a layer's weights are expected to cost by themselves, all others as they were, where what is added behind them takes up the shift of
    /// their outputs' means; nil where nothing changed.
    public func loss(_ layer: Int, _ known: LayerImportance, _ cancellation: CancellationToken? = nil) throws -> PredictedLoss? {
        guard var changes = try weights(layer, known, cancellation) else { return nil }
        try asked.placed(layer).weights.read().forEachChunk { offset, chunk in
            for index in chunk.indices { changes[offset + index] -= chunk[index] }
        }
        let meansStay = LayerAlone(layer, of: asked.composer.model)?.takesUpShifts == true
        return PredictedLoss(known.loss(ofChanges: changes, meansStay: meansStay))
    }

    /// The opened model with that layer alone as the network holds it; nil where nothing changed.
    public func alone(_ layer: Int, _ known: LayerImportance, _ cancellation: CancellationToken? = nil) throws -> Model? {
        guard let weights = try weights(layer, known, cancellation), let alone = LayerAlone(layer, of: asked.composer.model) else { return nil }
        return try alone.holding(weights, inputMeans: known.means)
    }
}
