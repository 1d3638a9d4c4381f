import Composition
import Compression
import Evaluation
import NeuralNetwork
import Reconstruction
import TensorCore
import TestNetworks
import Testing

@Suite("Recurrent networks fitted to their originals")
struct RecurrentFitTests {
    @Test("What is left of recurrent matrices is fitted to what they gave, forwards and backwards, and zeros stay zeros")
    func recurrentMasks() throws {
        let model = recurrentNetwork()
        let (made, shapes) = try reconstructed(model) { plans in
            for index in plans.indices { plans[index].prune = .sparsity(0.5) }
        }
        #expect(shapes.layers.count == 5 && made.layers.allSatisfy { $0.reason == nil })
        // The first reads white noise, in which no weight can make up for another.
        try checkErrors(made, mended: ["lstm/R", "gru/W", "gru/R", "fc"])
        for index in model.layers.indices {
            let weights = try made.model.tensors[made.model.layers[index].weight].tensor.floats()
            #expect(weights.count { $0 == 0 } == weights.count / 2)
        }
    }

    @Test("Recurrent layers without some of their units, and with factors, are fitted; states shrink with them")
    func recurrentStructure() throws {
        let (made, shapes) = try reconstructed(recurrentNetwork()) { plans in
            plans[0].filters = FilterRule(.fraction(0.75))
            plans[2].factorize = .rank(5)
        }
        #expect(shapes.layers[0].filtersKept == 12 && shapes.layers[2].parts.count == 2)
        try checkErrors(made, mended: ["lstm/R", "gru/W"])
    }

    @Test("A fitted recurrent network is nearer to its original, which the layers' own errors alone do not say")
    func recurrentOutputs() throws {
        let model = recurrentNetwork()
        let (made, shapes) = try reconstructed(model) { plans in plans[1].prune = .sparsity(0.7) }
        let pruned = try made.model.tensors[model.layers[1].weight].tensor.floats().map { $0 == 0 ? 0 : 1 as Float }
        var oneShot = shapes.model
        let original = try model.tensors[model.layers[1].weight].tensor.read()
        oneShot.tensors[model.layers[1].weight].tensor = TensorSource(
            Tensor(
                zip(original.floats(), pruned).map { $0 * $1 }, shape: original.shape))
        let wanted = try outputs(of: model)
        func distance(_ other: Model) throws -> Float {
            zip(wanted, try outputs(of: other)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let (before, after) = (try distance(oneShot), try distance(made.model))
        #expect(after < 0.7 * before)
    }

    @Test("A GRU that resets its states before the product keeps its matrix of states, and says why")
    func resets() throws {
        let (made, _) = try reconstructed(recurrentNetwork(resetsFirst: true)) { plans in
            for index in plans.indices { plans[index].prune = .sparsity(0.5) }
        }
        let layer = try #require(made.layers.first { $0.name == "gru/R" })
        #expect(layer.reason == "its states are reset before they are multiplied" && layer.errorAfter == nil)
        try checkErrors(made, mended: ["lstm/R", "gru/W"])
    }
}
