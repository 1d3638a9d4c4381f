import Basics
import Compression
import Foundation
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

/// What numpy made of a group's weights; see Tests/Generators/make_filter_scores.py.
private struct ScoreCase: Decodable {
    var name: String
    var shapes: [[Int]]
    var l1: [Double]
    var l2: [Double]
    var median: [Double]

    static func all() throws -> [ScoreCase] {
        let url = try #require(Bundle.module.url(forResource: "filter_scores", withExtension: "json", subdirectory: "Goldens"))
        return try JSONDecoder().decode([ScoreCase].self, from: Data(contentsOf: url))
    }

    private func tensor(_ producer: Int) -> Tensor {
        let shape = Shape(shapes[producer])
        return Tensor((0..<shape.count).map { Float(Double(($0 * 48271 + 7919 * (producer + 1)) % 65521) / 32760.5 - 1) }, shape: shape)
    }

    /// A graph whose first group has these weights.
    func model() -> Model {
        var builder = GraphBuilder()
        for index in shapes.indices { builder.store("w\(index)", tensor(index)) }
        let shape = shapes[0]
        let last: String
        switch name {
        case "transposed":
            builder.input("x", [1, shape[0], 5, 5])
            last = builder.node("ConvTranspose", ["x", "w0"])
        case "product":
            builder.input("x", [1, shape[0]])
            last = builder.node("MatMul", ["x", "w0"])
        case "recurrent":
            builder.input("x", [3, 1, shape[2]])
            last = builder.node("LSTM", ["x", "w0", "w1"], nil, ["hidden_size": .integer(shape[1] / 4), "direction": .text("bidirectional")])
        default:
            let groups = name == "grouped" ? 2 : 1
            let values = shapes.indices.map { index -> String in
                builder.input("x\(index)", [1, shapes[index][1] * groups, 5, 5])
                let pads = shapes[index][2] / 2
                return builder.node(
                    "Conv", ["x\(index)", "w\(index)"], nil,
                    ["group": .integer(groups), "pads": .integers(Array(repeating: pads, count: 4))])
            }
            last = values.count == 1 ? values[0] : builder.node("Add", values)
            if name == "grouped" {
                // Who reads it in groups ties them.
                builder.node("Conv", [last, builder.store("next", [4, 4, 1, 1])], nil, ["group": .integer(2)])
            }
        }
        builder.node("Relu", [last])
        return builder.model
    }
}

@Suite("Filters' importance")
struct FilterScoreTests {
    @Test("Scores equal numpy's", arguments: [FilterCriterion.l1, .l2, .median])
    func goldens(_ criterion: FilterCriterion) throws {
        let cases = try ScoreCase.all()
        #expect(cases.count == 7)
        for example in cases {
            let model = example.model()
            let channels = ChannelAnalysis(model)
            let group = try #require(channels.groups.first)
            #expect(group.producers.count == example.shapes.count, "\(example.name)")
            let scores = try #require(try FilterScores.scores(of: group, by: criterion, model: model, channels: channels))
            let expected = criterion == .l1 ? example.l1 : criterion == .l2 ? example.l2 : example.median
            #expect(scores.count == expected.count, "\(example.name)")
            for (score, value) in zip(scores, expected) { #expect(abs(score - value) < 2e-6 * value, "\(example.name)") }
        }
    }

    @Test("Where all distances would take too long, a sample stands for them")
    func sampledDistances() {
        var random = SeededRandom(seed: 5)
        // Filters at growing distances from their middle.
        let values = (0..<400 * 48).map { Float(random.normal() * Double(1 + $0 / 48) / 400) }
        let tensor = Tensor(values, shape: [400, 48])
        let distances = FilterDistances(tensor, axis: 0, owners: Array(0..<400), count: 400)
        let all = distances.sums(work: .max, cancellation: nil)
        let some = distances.sums(work: 400 * 48 * 40, cancellation: nil)
        #expect(all != some)
        for (exact, sampled) in zip(all, some) { #expect(abs(exact - sampled) < 0.1 * exact) }
    }

    @Test("Criteria that need data are not told by weights")
    func dataCriteria() throws {
        let model = (try? ScoreCase.all().first?.model()) ?? GraphBuilder().model
        let channels = ChannelAnalysis(model)
        for criterion in FilterCriterion.allCases where criterion.needsData {
            #expect(try FilterScores.scores(of: channels.groups[0], by: criterion, model: model, channels: channels) == nil)
        }
    }
}
