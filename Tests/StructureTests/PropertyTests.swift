import Compression
import Factorization
import NeuralNetwork
import TensorCore
import Testing

@testable import Structure

@Suite("Random networks")
struct PropertyTests {
    /// Networks, what stays of them, and what has been done to them.
    private func check(_ model: Model, seed: UInt64) throws {
        let channels = ChannelAnalysis(model)
        var random = SeededRandom(seed: seed &+ 77)
        var rules: [Int: FilterRule] = [:]
        for layer in model.layers.indices where random.uniform() < 0.8 {
            rules[layer] = FilterRule(.fraction(random.uniform(0.2, 1)))
        }
        let kept = channels.kept(for: rules) { group, _ in group.channels.map { _ in random.uniform() } }
        let restructuring = Restructuring(model, channels)
        let pruned = restructuring.apply(kept: kept, factors: [:], source: randomFactors)
        try expectConsistent(pruned, of: model, channels, kept)
        let states = Set(channels.groups.flatMap(\.states))
        try expectSame(zeroing(model, channels, kept), pruned.model, channels, kept, states: states)

        var factors: [Int: Ranks] = [:]
        for layer in model.layers.indices where restructuring.factorObstacle(ofLayer: layer) == nil {
            let layout = try #require(restructuring.kernelLayout(ofLayer: layer, kept: kept))
            factors[layer] = layout.clamped(
                Ranks(out: Int.random(in: 1...layout.out, using: &random), in: Int.random(in: 1...layout.in, using: &random)))
        }
        let split = restructuring.apply(kept: kept, factors: factors, source: randomFactors)
        try expectConsistent(split, of: model, channels, kept)
        var reference = pruned.model
        for (layer, ranks) in factors {
            let layout = try #require(restructuring.kernelLayout(ofLayer: layer, kept: kept))
            let parts = split.parts[layer].map { split.model.layers[$0] }
            if layout.isWhole(ranks) {
                #expect(parts.count == 1)
                continue
            }
            #expect(parts.reduce(0) { $0 + $1.shape.count } == layout.factorCount(ranks))
            let weight = model.layers[layer].weight
            let tensor = restructuring.prunedWeights(ofLayer: layer, kept: kept)
            reference.tensors[weight].tensor = Tensor(
                randomFactors(layer, tensor, layout, ranks).product(layout), shape: tensor.shape)
        }
        try expectSame(reference, split.model, channels, kept, states: [])
    }

    @Test("Of image networks, dropping channels equals zeroing them, and factors equal their product", arguments: 0..<150)
    func images(_ seed: Int) throws {
        try check(RandomNetwork(imagesWithSeed: UInt64(seed), operators: 3 + seed % 20).model, seed: UInt64(seed))
    }

    @Test("Of recurrent networks, dropping units equals zeroing them, and factors equal their product", arguments: 0..<60)
    func sequences(_ seed: Int) throws {
        try check(RandomNetwork(sequencesWithSeed: UInt64(seed)).model, seed: UInt64(seed))
    }
}

/// The model with all that makes or reads a dropped channel set to zero.
func zeroing(_ model: Model, _ channels: ChannelAnalysis, _ kept: KeptChannels) -> Model {
    var model = model
    for (axis, list) in channels.stored where list.contains(where: { !kept.contains($0) }) {
        let tensor = model.tensors[axis.tensor].tensor
        var values = tensor.floats()
        let inner = tensor.shape.dimensions[(axis.axis + 1)...].reduce(1, *)
        for index in values.indices where !kept.contains(list[index / inner % list.count]) { values[index] = 0 }
        model.tensors[axis.tensor].tensor = Tensor(values, shape: tensor.shape)
    }
    return model
}

/// Both models give the same, but for what of `states` was dropped.
func expectSame(
    _ first: Model, _ second: Model, _ channels: ChannelAnalysis, _ kept: KeptChannels, states: Set<String>,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    // States have other extents, and so other numbers by place.
    let zero = Set((first.graph?.inputs ?? []).map(\.name).filter { !["x", "tokens"].contains($0) })
    let (left, right) = (try outputs(of: first, zero: zero), try outputs(of: second, zero: zero))
    for (index, output) in (first.graph?.outputs ?? []).enumerated() {
        var expected = left[index]
        if states.contains(output.name), let list = channels.values[output.name]?.last.flatMap({ $0 }) {
            expected = expected.enumerated().filter { kept.contains(list[$0.offset % list.count]) }.map(\.element)
        }
        #expect(difference(expected, right[index]) < 2e-5, "\(output.name)", sourceLocation: sourceLocation)
    }
}
