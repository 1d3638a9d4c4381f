import NeuralNetwork

extension NetworkDefinition {
    /// Symbols in, the scores of the next ones out (Graves 2013); states are inputs and outputs, so that a text can go on.
    static let characterLSTM = NetworkDefinition(
        name: "char-lstm", detail: "Two LSTM layers of 128 units that foretell a text's next character.", dataKind: .text,
        sampleShape: nil, settings: characterSettings
    ) { builder, symbols in
        let (width, units, layers) = (64, 128, 2)
        builder.input("tokens", .int64, [.symbol("T"), .symbol("B")])
        var value = builder.node(
            "Gather", "embed", [builder.store("embedding", [symbols, width], .normal(deviation: 0.3)), "tokens"], to: nil,
            ["axis": .integer(0)])
        let axes = builder.store("direction.axes", integers: [1])
        for layer in 0..<layers {
            let name = "lstm\(layer)"
            for state in ["h\(layer)", "c\(layer)"] {
                builder.input(state, .float32, [.fixed(1), .symbol("B"), .fixed(units)])
            }
            let weights = builder.recurrentWeights(name, inputs: layer == 0 ? width : units, units: units, gates: 4)
            let all = builder.node(
                "LSTM", name, [value] + weights + ["", "h\(layer)", "c\(layer)"],
                to: ["\(name).all", "h\(layer).next", "c\(layer).next"], ["hidden_size": .integer(units)])
            value = builder.node("Squeeze", "\(name).direction", [all, axes])
        }
        let weight = builder.store("project.weight", [units, symbols], InitialWeights.xavier(inputs: units))
        let product = builder.node("MatMul", "project", [value, weight])
        builder.node("Add", "project.bias", [product, builder.store("project.bias", [symbols], .constant(0))], to: ["logits"])
        builder.output("logits", [.symbol("T"), .symbol("B"), .fixed(symbols)])
        for layer in 0..<layers {
            for state in ["h\(layer).next", "c\(layer).next"] {
                builder.output(state, [.fixed(1), .symbol("B"), .fixed(units)])
            }
        }
    }

    private static var characterSettings: TrainingSettings {
        var settings = TrainingSettings(epochs: 12, batchSize: 64, rule: .adamW(weightDecay: 0.01), rate: 0.004)
        settings.largestNorm = 5
        return settings
    }
}
