import Compression
import Factorization
import NeuralNetwork
import TensorCore
import Testing

@testable import Structure

@Suite("Real models", .enabled(if: SharedModels.isThere, "the shared models are not there (PARE_TEST_DATA)"))
struct SharedModelTests {
    /// What the models that are asked for more than their declared extents are run on.
    private func shapes(_ name: String) -> [String: Shape] {
        name == "silero-vad" ? ["input": [1, 576], "state": [2, 1, 128], "sr": []] : [:]
    }

    @Test("Every group pruned to three quarters leaves a model that fits together and runs", arguments: SharedModels.names)
    func pruning(_ name: String) throws {
        let model = try SharedModels.open(name)
        let channels = ChannelAnalysis(model)
        let kept = channels.kept(for: rules(model, keeping: 0.75), scores: scores(model, channels))
        let result = Restructuring(model, channels).apply(kept: kept, factors: [:], source: randomFactors)
        try expectConsistent(result, of: model, channels, kept)
        for layer in model.layers.indices where channels.obstacle(ofLayer: layer) == nil {
            let count = try #require(channels.filterCount(ofLayer: layer))
            #expect(kept.count(ofLayer: layer) == (3 * count + 3) / 4, "\(model.layers[layer].name)")
        }
        #expect(result.origins.map(\.layer) == Array(model.layers.indices))
        #expect(result.model.layers.map(\.name) == model.layers.map(\.name))
        let before = try #require(model.macs.count ?? (name == "silero-vad" ? .max : nil))
        if let macs = result.model.macs.count { #expect(macs < before * 5 / 6) }
        #expect(result.model.parameterCount < model.parameterCount * 17 / 20)
        // Local response normalization looks at the neighbours, and those change.
        guard name != "googlenet" else {
            _ = try outputs(of: result.model)
            return
        }
        let states = Set(channels.groups.flatMap(\.states))
        try expectSame(
            zeroing(model, channels, kept), result.model, channels, kept, states: states, shapes: shapes(name))
    }

    @Test("Every layer split at small ranks computes what the factors' product does", arguments: SharedModels.names)
    func factors(_ name: String) throws {
        let model = try SharedModels.open(name)
        let channels = ChannelAnalysis(model)
        let kept = channels.kept(for: rules(model, keeping: 0.8), scores: scores(model, channels))
        let restructuring = Restructuring(model, channels)
        var factors: [Int: Ranks] = [:]
        for layer in model.layers.indices where restructuring.factorObstacle(ofLayer: layer) == nil {
            let layout = try #require(restructuring.kernelLayout(ofLayer: layer, kept: kept))
            // Few, so that the products are soon made; now and then a whole side.
            factors[layer] = Ranks(out: 1 + layer % 3, in: layer % 5 == 4 ? layout.in : 1 + layer % 2)
        }
        #expect(factors.count * 2 >= model.layers.count || name == "mobilenet-025")
        let result = restructuring.apply(kept: kept, factors: factors, source: randomFactors)
        try expectConsistent(result, of: model, channels, kept)
        var reference = restructuring.apply(kept: kept, factors: [:], source: randomFactors).model
        let places = Dictionary(uniqueKeysWithValues: reference.tensors.enumerated().map { ($1.name, $0) })
        for (layer, ranks) in factors {
            let layout = try #require(restructuring.kernelLayout(ofLayer: layer, kept: kept))
            let clamped = layout.clamped(ranks)
            if layout.isWhole(clamped) { continue }
            #expect(result.parts[layer].count >= 2, "\(model.layers[layer].name)")
            let tensor = restructuring.prunedWeights(ofLayer: layer, kept: kept)
            let place = try #require(places[model.tensors[model.layers[layer].weight].name])
            reference.tensors[place].tensor = TensorSource(
                Tensor(
                    randomFactors(layer, tensor, layout, clamped).product(layout), shape: tensor.shape))
        }
        try expectSame(reference, result.model, channels, kept, states: [], shapes: shapes(name), tolerance: 1e-4)
    }

    @Test("The states of a character network shrink with its layers")
    func states() throws {
        let model = try SharedModels.open("char-rnn")
        let channels = ChannelAnalysis(model)
        let first = try #require(channels.groups.first { $0.states.contains("h0") })
        #expect(first.states == ["h0", "c0", "hn0", "cn0"])
        let kept = channels.kept(for: rules(model, keeping: 0.75), scores: scores(model, channels))
        let result = Restructuring(model, channels).apply(kept: kept, factors: [:], source: randomFactors)
        let graph = try #require(result.model.graph)
        for info in graph.inputs + graph.outputs where info.name != "tokens" && info.name != "logits" {
            #expect(info.dimensions == [.fixed(1), .symbol("B"), .fixed(96)], "\(info.name)")
        }
        #expect(
            graph.nodes.filter { $0.operation == "LSTM" }.allSatisfy {
                if case .integer(96) = $0.attributes["hidden_size"] { true } else { false }
            })
    }
}
