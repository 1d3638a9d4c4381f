import Compression
import NeuralNetwork
import TensorCore

/// What an estimate says of each layer of the model that was opened, whatever tensors are in its place by then.
public struct EstimatedLayers: Sendable {
    public let model: Model
    public let layers: [Estimate.LayerEstimate]
    /// Whether weights were fitted or trained after they were dropped: no threshold tells any longer which were.
    public let haveLearned: Bool

    /// `estimate` is of what the network's recipe leaves to do.
    public init(_ estimate: Estimate, of network: RecipeNetwork) {
        model = network.original
        haveLearned = network.hasLearned
        guard haveLearned else {
            layers = estimate.layers
            return
        }
        layers = zip(network.original.layers, network.layers).map { layer, asked in
            let made = asked.composed.parts.map { estimate.layers[$0.layer] }
            return Estimate.LayerEstimate(
                figures: asked.composed.isUntouched
                    ? made[0].figures : LayerFigures(of: network.original.tensors[layer.weight].tensor, asked, made.map(\.figures)),
                asked: asked, refusal: made.lazy.compactMap(\.refusal).first)
        }
    }
}

extension LayerFigures {
    /// Those of a layer whose place tensors of these figures have taken.
    fileprivate init(of original: TensorSource, _ asked: AskedLayer, _ made: [LayerFigures]) {
        let before = LayerFigures.asStored(original)
        self.init(
            original: before,
            filteredBits: asked.composed.ranks == nil ? made.reduce(0) { $0 + $1.stages.original } : before.stages.original,
            structureError: 0, squaredError: made.reduce(0) { $0 + $1.squaredError }, hasFinalError: true,
            parts: zip(asked.composed.parts, made).map { ($0.role, $0.shape, true, $1) }, exactness: .exact)
    }
}
