import Basics
import Compression
import Datasets
import Foundation
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Evaluation

@Suite("How far answers are from the original's")
struct DistanceTests {
    private func distances(_ model: Model, _ data: DataSet?, changing layer: Int, asks: Bool = true) throws -> (original: [Double], changed: [Double]) {
        var options = Evaluator.Options()
        options.tellsDistances = asks
        options.sampleLimit = 40
        let evaluator = try Evaluator(model, data: data, options: options)
        let tensor = try model.tensors[model.layers[layer].weight].tensor.read()
        let halved = ReplacedWeights(
            tensor: Tensor(tensor.floats().map { $0 / 2 }, shape: tensor.shape), plan: LayerPlan(prune: .threshold(1)))
        func measured(_ replaced: [Int: ReplacedWeights]) throws -> [Double] {
            var last: QualityReport?
            try evaluator.measure(Configuration(replaced: replaced), cancellation: CancellationToken()) { last = $0 }
            return try #require(last).distances
        }
        return (try measured([:]), try measured([layer: halved]))
    }

    private func bars(_ isLabelled: Bool) -> DataSet { DataSet(name: "bars", content: .samples(Bars(count: 40, isLabelled: isLabelled))) }

    @Test("Of classes it is the divergence, whether samples are labelled or not, and whether scores are probabilities already")
    func classes() throws {
        let plain = try distances(Bars.classifier(), bars(true), changing: 2)
        #expect(plain.original == Array(repeating: 0, count: 40))
        #expect(plain.changed.count == 40 && plain.changed.allSatisfy { $0 > 0 })
        #expect(try distances(Bars.classifier(), bars(false), changing: 2).changed == plain.changed)
        // By hand: halved weights of the last layer halve scores, as it has no bias to speak of.
        let scores = try Self.scores(of: Bars.classifier(), 40)
        for (sample, own) in scores.enumerated() {
            func chances(_ scale: Double) -> [Double] {
                let powers = own.map { exp(Double($0) * scale) }
                return powers.map { $0 / powers.reduce(0, +) }
            }
            let divergence = zip(chances(1), chances(0.5)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
            #expect(abs(plain.changed[sample] - divergence) < 1e-5, "\(plain.changed[sample]), not \(divergence)")
        }
    }

    /// What the network says of samples.
    private static func scores(of model: Model, _ count: Int) throws -> [[Float]] {
        let evaluator = try Evaluator(model, data: DataSet(name: "bars", content: .samples(Bars(count: count))))
        let network = evaluator.original
        return try (0..<evaluator.workload.runCount).flatMap { run -> [[Float]] in
            evaluator.workload.load(run, into: network.instances[0])
            try network.instances[0].run(network.stored)
            let values = Array(network.instances[0].output(0).bindMemory(to: Float.self))
            return evaluator.workload.rows(run).rows.map { Array(values[$0 * 4..<($0 + 1) * 4]) }
        }
    }

    @Test("Of other numbers it is half of the squared error over the variance")
    func numbers() throws {
        var builder = GraphBuilder(seed: 3)
        _ = builder.store("w", [3, 1, 3, 3], scale: 0.5)
        builder.input("x", [.symbol("N"), .fixed(1), .fixed(6), .fixed(6)])
        builder.node("Conv", ["x", "w"], ["y"], name: "inner", ["kernel_shape": .integers([3, 3])])
        builder.node("Neg", ["y"], ["z"], name: "out")
        builder.output("z", [.symbol("N"), .fixed(3), .fixed(4), .fixed(4)])
        let found = try distances(builder.model, nil, changing: 0)
        #expect(found.original.allSatisfy { $0 == 0 } && found.changed.count == 40)
        // Halved answers without a mean to speak of: half of a quarter of their variance.
        let mean = found.changed.reduce(0, +) / 40
        #expect(abs(mean - 0.125) < 0.02, "\(mean)")
    }

    @Test("Who does not ask is not told")
    func silence() throws {
        #expect(try distances(Bars.classifier(), bars(true), changing: 1, asks: false).changed.isEmpty)
    }
}
