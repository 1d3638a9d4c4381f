import NeuralNetwork
import TestNetworks

extension RandomNetwork {
    /// A network of recurrent layers over symbols.
    init(sequencesWithSeed seed: UInt64) {
        builder = GraphBuilder(operatorSet: 13, seed: seed)
        builder.input("tokens", [.symbol("T"), .symbol("B")], .int64)
        var width = pick(3...8)
        var value = builder.node("Gather", [builder.store("embedding", [5, width]), "tokens"])
        for index in 0..<pick(1...3) {
            let operation = pick(["LSTM", "GRU", "RNN"])
            let gates = ["LSTM": 4, "GRU": 3, "RNN": 1][operation] ?? 1
            let hidden = pick(2...6)
            let directions = pick(1...2)
            var inputs = [
                value, builder.store("W\(index)", [directions, gates * hidden, width]),
                builder.store("R\(index)", [directions, gates * hidden, hidden]),
            ]
            inputs.append(pick(0...1) == 0 ? "" : builder.store("B\(index)", [directions, 2 * gates * hidden], -0.5...0.5))
            inputs.append("")
            let hasState = pick(0...1) == 0
            if hasState {
                for state in operation == "LSTM" ? ["h", "c"] : ["h"] {
                    builder.input("\(state)\(index)", [.fixed(directions), .symbol("B"), .fixed(hidden)])
                    inputs.append("\(state)\(index)")
                }
            }
            var outputs = ["all\(index)", hasState ? "lastH\(index)" : ""]
            if operation == "LSTM" {
                outputs.append(hasState ? "lastC\(index)" : "")
                if hasState, pick(0...1) == 0 { inputs.append(builder.store("P\(index)", [directions, 3 * hidden], -0.5...0.5)) }
            }
            var attributes: [String: Attribute] = ["hidden_size": .integer(hidden)]
            if directions == 2 { attributes["direction"] = .text("bidirectional") }
            if operation == "GRU" { attributes["linear_before_reset"] = .integer(pick(0...1)) }
            builder.node(operation, inputs, outputs, attributes)
            if hasState {
                for output in outputs.dropFirst() where !output.isEmpty {
                    builder.output(output, [.fixed(directions), .symbol("B"), .fixed(hidden)])
                }
            }
            if directions == 1 {
                value = builder.node("Squeeze", ["all\(index)", builder.store("axis\(index)", integers: [1])])
            } else {
                let moved = builder.node("Transpose", ["all\(index)"], nil, ["perm": .integers([0, 2, 1, 3])])
                let target = builder.store("target\(index)", integers: pick([[0, 0, -1], [0, 0, 2 * hidden]]))
                value = builder.node("Reshape", [moved, target])
            }
            width = directions * hidden
        }
        builder.node("Add", [builder.node("MatMul", [value, builder.store("out", [width, 5])]), builder.store("outB", [5])], ["y"])
        builder.output("y", [.symbol("T"), .symbol("B"), .fixed(5)])
    }
}
