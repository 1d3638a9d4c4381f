import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork
import Reconstruction
import TestNetworks
import Testing

@Suite("Norms that are folded before what stands in front of them is fitted")
struct FoldedNormTests {
    /// conv (3 → 6), with a bias or none, → norm whose mean is far from zero → relu → conv (6 → 4).
    private func model(hasBias: Bool) -> Model {
        var builder = GraphBuilder(seed: 5)
        let pads: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
        builder.store("w1", [6, 3, 3, 3], scale: 0.3)
        builder.store("b1", [6], scale: 0.5, offset: 2)
        builder.store("scale", [6], scale: 0.1, offset: 1)
        builder.store("shift", [6], scale: 0.1, offset: 0.5)
        builder.store("mean", [6], scale: 0.2, offset: hasBias ? 2 : 0.5)
        builder.store("variance", [6], scale: 0.05, offset: 1)
        builder.store("w2", [4, 6, 3, 3], scale: 0.3)
        builder.input("x", [.symbol("N"), .fixed(3), .fixed(8), .fixed(8)])
        builder.node("Conv", ["x", "w1"] + (hasBias ? ["b1"] : []), ["c1"], name: "conv1", pads)
        builder.node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], ["n1"], name: "norm")
        builder.node("Relu", ["n1"], ["r1"], name: "relu")
        builder.node("Conv", ["r1", "w2"], ["y"], name: "conv2", pads)
        builder.output("y", [.symbol("N"), .fixed(4), .fixed(8), .fixed(8)])
        return builder.model
    }

    @Test("What a norm took over of a bias is not added twice, nor its mean scaled", arguments: [true, false])
    func folded(hasBias: Bool) throws {
        let model = model(hasBias: hasBias)
        func errors(_ rest: RestRule?) throws -> [Double] {
            let (made, _) = try reconstructed(model) { plans in
                for layer in plans.indices {
                    plans[layer].share = SharePlan(step: 0.15, method: .trellis)
                    plans[layer].rest = rest
                }
            }
            return try made.layers.map { try #require($0.errorAfter) }
        }
        let (plain, folded) = (try errors(nil), try errors(RestRule(bits: 16)))
        for (plain, folded) in zip(plain, folded) { #expect(folded < 1.05 * plain + 1e-4, "\(plain) → \(folded)") }
    }
}
