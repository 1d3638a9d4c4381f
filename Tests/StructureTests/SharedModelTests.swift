import Compression
import Factorization
import NeuralNetwork
import TensorCore
import Testing

@testable import Structure

@Suite("Real models", .enabled(if: SharedModels.isThere, "the shared models are not there (PARE_TEST_DATA)"))
struct SharedModelTests {
    @Test("Every group pruned to three quarters leaves a model that fits together and runs", arguments: SharedModels.names)
    func pruning(_ name: String) throws {
        let model = try SharedModels.open(name)
        let channels = ChannelAnalysis(model)
        for group in channels.groups {
            print(name, group.producers.map { model.layers[$0].name }, "->", group.consumers.map { model.layers[$0].name }, group.channelCount, group.states, group.obstacle ?? "", group.fixed.count)
        }
        for (i, l) in model.layers.enumerated() where channels.group(ofLayer: i) == nil { print(name, l.name, l.operation, channels.obstacle(ofLayer: i) ?? "???") }
        let kept = channels.kept(for: rules(model, keeping: 0.75), scores: scores(model, channels))
        let result = Restructuring(model, channels).apply(kept: kept, factors: [:], source: randomFactors)
        try expectConsistent(result, of: model, channels, kept)
        print(name, model.macs, result.model.macs, model.parameterCount, result.model.parameterCount)
    }
}

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
