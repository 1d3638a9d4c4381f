import Basics
import Composition
import Compression
import Evaluation
import NeuralNetwork

/// What is to be run, with what a layer of the opened model is called in it.
public struct Measurable {
    public var configuration: Configuration
    private var layers: [ComposedLayer]

    /// Works the values of all changed weights out.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public init(
        _ plans: [LayerPlan], _ shapes: ComposedModel, cancellation: CancellationToken? = nil,
        refused: (Int, PreparationFailure) throws -> Void = { throw $1 }
    ) throws {
        layers = shapes.layers
        configuration = Configuration(
            restructured: shapes.isOriginal ? nil : RestructuredModel(model: shapes.model, identity: shapes.identity))
        for layer in shapes.placedLayers where layer.refusal == nil {
            let plan = plans[layer.number]
            for part in layer.parts where !plan.weightPlan(for: part.role).keepsWeights {
                do {
                    let tensor = try part.values(plan, cancellation)
                    let stored = shapes.model.tensors[shapes.model.layers[part.place].weight].tensor.elementType
                    // Every file holds them in the type that the model stores.
                    configuration.replaced[part.place] = ReplacedWeights(
                        tensor: tensor.rounded(to: stored), plan: plan.weightPlan(for: part.role).values)
                } catch let failure as PreparationFailure where failure != .cancelled {
                    try refused(layer.number, failure)
                }
            }
        }
    }

    /// The layer of the network that runs which takes the place of one of the opened model; the first, where there are several.
    public func position(of layer: Int) -> Int? { layers.indices.contains(layer) ? layers[layer].parts.first?.layer : nil }
}
