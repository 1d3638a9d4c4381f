import NeuralNetwork
import TestNetworks
import Testing

@testable import Structure

@Suite("States that recurrent layers start from")
struct StartingStateTests {
    @Test("Two layers that start from one stored state, as PyTorch's default exporter writes it, lose units apart", arguments: ["LSTM", "GRU"])
    func shared(_ operation: String) throws {
        let gates = operation == "LSTM" ? 4 : 3
        var builder = GraphBuilder(operatorSet: 17)
        builder.input("x", [.fixed(4), .fixed(2), .fixed(3)])
        let start = builder.store("start", [1, 2, 6])
        var value = "x"
        for (name, width) in [("first", 3), ("second", 6)] {
            let states = operation == "LSTM" ? [start, start] : [start]
            value = builder.node(
                operation,
                [
                    value, builder.store(name + ".w", [1, 6 * gates, width]), builder.store(name + ".r", [1, 6 * gates, 6]),
                    builder.store(name + ".b", [1, 12 * gates]), "",
                ] + states, ["\(name).y"], name: name, ["hidden_size": .integer(6)])
            value = builder.node("Squeeze", [value, builder.store(name + ".axis", integers: [1])])
        }
        builder.node("MatMul", [value, builder.store("out", [6, 2])], ["y"], name: "out")
        builder.output("y")
        let model = builder.model
        let channels = ChannelAnalysis(model)
        #expect(channels.groups.filter(\.isPrunable).map(\.producers) == [[0, 1], [2, 3]])
        for name in ["first/W", "second/W"] {
            let result = try prune(model, name, keep: 4)
            let kept = result.model.layers.map { $0.shape.dimensions.last ?? 0 }
            #expect(kept == (name == "first/W" ? [3, 4, 4, 6, 2] : [3, 6, 6, 4, 2]))
        }
    }
}
