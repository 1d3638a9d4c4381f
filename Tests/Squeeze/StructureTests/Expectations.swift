import Compression
import NeuralNetwork
import TensorCore
import Testing

@testable import Structure

/// Every value has the shape that the channels foretell, and the model runs.
func expectConsistent(
    _ result: Restructured, of model: Model, _ channels: ChannelAnalysis, _ kept: KeptChannels,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let graph = try #require(model.graph)
    let rewritten = try #require(result.model.graph)
    let before = GraphAnalysis(graph, tensors: model.tensors)
    let after = GraphAnalysis(rewritten, tensors: result.model.tensors, extents: before.assumptions)
    for (name, shape) in before.shapes {
        guard let found = after.shapes[name] else {
            let isGone = !rewritten.nodes.contains { $0.outputs.contains(name) || $0.inputs.contains(name) }
            #expect(isGone, "\(name): \(after.unknownShapes[name] ?? "")", sourceLocation: sourceLocation)
            continue
        }
        let expected = zip(shape.dimensions, channels.values[name] ?? shape.dimensions.map { _ in nil }).map { extent, list in
            list.map { $0.count { kept.contains($0) } } ?? extent
        }
        guard channels.storedTensors[name] == nil else { continue }
        #expect(found.dimensions == expected, "\(name)", sourceLocation: sourceLocation)
    }
    #expect(result.origins.count == result.model.layers.count)
    #expect(result.parts.allSatisfy { !$0.isEmpty })
    for (layer, parts) in result.parts.enumerated() where parts.count == 1 && channels.filterCount(ofLayer: layer) != nil {
        guard let axis = channels.filters(ofLayer: layer, in: model)?.axis else { continue }
        let shape = result.model.layers[parts[0]].shape
        #expect(shape[axis.axis] == axis.channels.count { kept.contains($0) }, sourceLocation: sourceLocation)
    }
}

/// The model with all that makes or reads a dropped channel set to zero.
func zeroing(_ model: Model, _ channels: ChannelAnalysis, _ kept: KeptChannels) throws -> Model {
    var model = model
    for (axis, list) in channels.stored where list.contains(where: { !kept.contains($0) }) {
        let tensor = model.tensors[axis.tensor].tensor
        var values = try tensor.floats()
        let inner = tensor.shape.dimensions[(axis.axis + 1)...].reduce(1, *)
        for index in values.indices where !kept.contains(list[index / inner % list.count]) { values[index] = 0 }
        model.tensors[axis.tensor].tensor = TensorSource(Tensor(values, shape: tensor.shape))
    }
    return model
}

/// Both models give the same, but for what of `states` was dropped.
func expectSame(
    _ first: Model, _ second: Model, _ channels: ChannelAnalysis, _ kept: KeptChannels, states: Set<String>,
    shapes: [String: Shape] = [:], tolerance: Float = 2e-5, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    // States have other extents, and so other numbers by place.
    let zero = Set((first.graph?.inputs ?? []).map(\.name).filter { $0.hasPrefix("h") || $0.hasPrefix("c") })
    let left = try outputs(of: first, shapes: shapes, zero: zero)
    let right = try outputs(of: second, shapes: shapes, zero: zero)
    for (index, output) in (first.graph?.outputs ?? []).enumerated() {
        var expected = left[index]
        if states.contains(output.name), let list = channels.values[output.name]?.last.flatMap({ $0 }) {
            expected = expected.enumerated().filter { kept.contains(list[$0.offset % list.count]) }.map(\.element)
        }
        #expect(difference(expected, right[index]) < tolerance, "\(output.name)", sourceLocation: sourceLocation)
    }
}
