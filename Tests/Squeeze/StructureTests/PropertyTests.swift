import Basics
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
        let places = Dictionary(uniqueKeysWithValues: reference.tensors.enumerated().map { ($1.name, $0) })
        for (layer, ranks) in factors {
            let layout = try #require(restructuring.kernelLayout(ofLayer: layer, kept: kept))
            let parts = split.parts[layer].map { split.model.layers[$0] }
            if layout.isWhole(ranks) {
                #expect(parts.count == 1)
                continue
            }
            #expect(parts.reduce(0) { $0 + $1.shape.count } == layout.factorCount(ranks))
            let place = try #require(places[model.tensors[model.layers[layer].weight].name])
            let tensor = restructuring.prunedWeights(ofLayer: layer, kept: kept)
            reference.tensors[place].tensor = TensorSource(
                Tensor(
                    randomFactors(layer, tensor, layout, ranks).product(layout), shape: tensor.shape))
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
