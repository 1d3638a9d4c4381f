import Datasets
import ImageMetrics
import NeuralNetwork

/// What makes a network a generator: numbers without a place of their own go in, an image comes out.
public struct GeneratorForm: Sendable, Hashable {
    /// Numbers of a latent.
    public var latentCount: Int
    public var image: ImageShape
    /// What the images' values span: −1…1 behind a tanh, else 0…1.
    public var values: ClosedRange<Float>

    /// The least height and width of what passes for an image.
    private static let leastSide = 8

    /// Looks at a model's graph; nil where the network is no generator.
    public init?(_ model: Model) {
        guard let graph = model.graph, let input = graph.inputs.first(where: { !($0.dimensions ?? []).isEmpty }),
            input.elementType?.isReadableAsFloat ?? true, let output = graph.outputs.first
        else { return nil }
        let shapes = GraphAnalysis(graph, tensors: model.tensors).shapes
        guard let latent = shapes[input.name]?.dimensions, let made = shapes[output.name]?.dimensions else { return nil }
        // A network that keeps the extents of whatever goes in makes nothing of numbers without a place.
        let declared = input.dimensions ?? []
        guard declared.dropFirst().allSatisfy({ if case .fixed = $0 { true } else { false } }) else { return nil }
        guard latent.count >= 2, latent.dropFirst(2).allSatisfy({ $0 == 1 }), made.count == 4 else { return nil }
        guard [1, 3].contains(made[1]), min(made[2], made[3]) >= Self.leastSide else { return nil }
        latentCount = latent[1]
        image = ImageShape(channels: made[1], height: made[2], width: made[3])
        guard latentCount < image.count else { return nil }
        values = Self.isSigned(graph, output.name) ? -1...1 : 0...1
    }

    /// Whether a value comes from a tanh, whatever moves or slices it afterwards.
    private static func isSigned(_ graph: Graph, _ value: String) -> Bool {
        var value = value
        for node in graph.nodes.reversed() where node.outputs.first == value {
            switch node.operation {
            case "Tanh": return true
            case "Identity", "Reshape", "Transpose", "Slice", "Squeeze", "Unsqueeze", "Cast": value = node.inputs.first ?? ""
            default: return false
            }
        }
        return false
    }
}

extension DataSet {
    /// The data as what goes into a network: nil of images for a generator, which makes such and takes latents.
    public func inputs(of model: Model) -> DataSet? {
        guard case .samples(let source) = content, let form = GeneratorForm(model), source.shape.count != form.latentCount
        else { return self }
        return nil
    }
}
