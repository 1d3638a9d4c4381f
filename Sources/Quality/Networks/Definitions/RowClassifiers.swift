import NeuralNetwork

extension NetworkDefinition {
    /// Reads a digit row by row with long short-term memory (Hochreiter and Schmidhuber 1997).
    static let longShortTermMemoryRows = rows("lstm-rows", operation: "LSTM", detail: "An LSTM of 128 units that reads a digit's rows in turn.", gates: 4)

    /// Reads a digit row by row with gated recurrent units (Cho and others 2014).
    static let gatedUnitRows = rows("gru-rows", operation: "GRU", detail: "A GRU of 128 units that reads a digit's rows in turn.", gates: 3)

    private static func rows(_ name: String, operation: String, detail: String, gates: Int) -> NetworkDefinition {
        var settings = TrainingSettings(epochs: 15, batchSize: 64, rate: 0.002)
        settings.largestNorm = 5
        return NetworkDefinition(
            name: name, detail: detail, dataKind: .digits, sampleShape: [1, 28, 28], settings: settings
        ) { builder, outputs in
            let units = 128
            builder.digitInput()
            let rows = builder.node("Squeeze", "rows", ["image", builder.store("rows.axes", integers: [1])])
            let turns = builder.node("Transpose", "turns", [rows], to: nil, ["perm": .integers([1, 0, 2])])
            let layer = operation.lowercased()
            let weights = builder.recurrentWeights(layer, inputs: 28, units: units, gates: gates)
            var attributes: [String: Attribute] = ["hidden_size": .integer(units)]
            if gates == 3 { attributes["linear_before_reset"] = .integer(1) }
            let last = builder.node(operation, layer, [turns] + weights, to: ["", "\(layer).last"], attributes)
            let state = builder.node("Squeeze", "state", [last, builder.store("state.axes", integers: [0])])
            builder.classes(of: Feature(name: state, count: units), "fc", outputs, InitialWeights.xavier)
        }
    }
}
