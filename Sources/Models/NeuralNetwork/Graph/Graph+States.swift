extension Graph {
    /// The inputs from which recurrent layers take the state they start from, whatever slices, squeezes or transposes lie between.
    public var startStates: Set<String> {
        var open: [String] = nodes.flatMap { node -> [String] in
            switch node.operation {
            case "LSTM": Array(node.inputs.dropFirst(5).prefix(2))
            case "GRU", "RNN": Array(node.inputs.dropFirst(5).prefix(1))
            default: []
            }
        }
        guard !open.isEmpty else { return [] }
        let inputs = Set(inputs.map(\.name))
        var producers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() { for output in node.outputs where !output.isEmpty { producers[output] = index } }
        var found: Set<String> = []
        var seen: Set<String> = []
        while let value = open.popLast() {
            guard !value.isEmpty, seen.insert(value).inserted else { continue }
            if inputs.contains(value) { found.insert(value) }
            guard let node = producers[value].map({ nodes[$0] }), Self.movers.contains(node.operation) else { continue }
            if let source = node.inputs.first { open.append(source) }
        }
        return found
    }

    /// Operators that hand on elements of their first input as they are.
    private static let movers: Set<String> = [
        "Identity", "Slice", "Split", "Squeeze", "Unsqueeze", "Reshape", "Transpose", "Cast", "Expand", "Gather",
    ]

    /// Whether a recurrent layer reads an input step by step along its first axis, as ONNX has it by default: the second axis
    /// counts sequences then.
    public func readsTimeFirst(_ input: String) -> Bool {
        var values: Set<String> = [input]
        for index in executionOrder() {
            let node = nodes[index]
            guard let first = node.inputs.first else { continue }
            switch node.operation {
            case "LSTM", "GRU", "RNN":
                let isBatchFirst = if case .integer(1) = node.attributes["layout"] { true } else { false }
                if values.contains(first), !isBatchFirst { return true }
            case "Gather":
                // An embedding: the places of the indices come first.
                if node.inputs.count == 2, values.contains(node.inputs[1]) { values.formUnion(node.outputs) }
            case _ where Self.keepers.contains(node.operation):
                if node.inputs.contains(where: values.contains) { values.formUnion(node.outputs) }
            default: break
            }
        }
        return false
    }

    /// Operators whose result has the first two axes of what they read.
    private static let keepers: Set<String> = [
        "Identity", "Cast", "Dropout", "Add", "Sub", "Mul", "Div", "MatMul", "Relu", "Tanh", "Sigmoid", "Gelu", "LayerNormalization",
    ]
}
