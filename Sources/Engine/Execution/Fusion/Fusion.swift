import NeuralNetwork

/// Joins convolutions and products with the norms, sums and activations that alone read their results.
struct Fusion {
    private let trace: Trace
    /// The nodes that read each value; outputs of the network count as readers outside of it.
    private var readers: [ValueID: [Int]] = [:]
    private var isOutput: Set<ValueID>
    private var isTaken: [Bool]

    private init(_ trace: Trace) {
        self.trace = trace
        isOutput = Set(trace.outputs)
        isTaken = Array(repeating: false, count: trace.nodes.count)
        for (index, node) in trace.nodes.enumerated() {
            for case let input? in node.inputs { readers[input, default: []].append(index) }
            for guarding in node.guards { readers[guarding.condition, default: []].append(index) }
        }
    }

    /// The units of a trace, in an order of execution. A unit stands where the last of its nodes stood.
    static func units(of trace: Trace) -> [Unit] {
        var fusion = Fusion(trace)
        var placed: [(position: Int, unit: Unit)] = []
        for index in trace.nodes.indices where !fusion.isTaken[index] {
            var unit = Unit(trace.nodes[index])
            fusion.isTaken[index] = true
            var last = index
            while let next = fusion.extend(&unit) {
                fusion.isTaken[next] = true
                last = next
            }
            placed.append((last, unit))
        }
        return placed.sorted { $0.position < $1.position }.map(\.unit)
    }

    /// Takes the only reader of the unit's result into it, where that is exact; returns which node that was.
    private func extend(_ unit: inout Unit) -> Int? {
        let output = unit.output
        guard unit.main.outputs.count == 1 || unit.chain.count > 1, !isOutput.contains(output),
            let found = readers[output], found.count == 1, !isTaken[found[0]]
        else { return nil }
        let node = trace.nodes[found[0]]
        guard node.guards == unit.guards, node.outputs.count == 1, trace.values[output].type.elementType == .float32 else {
            return nil
        }
        guard absorbNorm(node, &unit) || absorbShift(node, &unit) || absorbResidual(node, &unit) || absorbFunction(node, &unit)
        else { return nil }
        unit.chain.append(node)
        return found[0]
    }

    private func isConvolution(_ unit: Unit) -> Bool { ["Conv", "ConvTranspose"].contains(unit.main.node.operation) }

    private func isProduct(_ unit: Unit) -> Bool { ["Gemm", "MatMul"].contains(unit.main.node.operation) }

    private func isPlainSoFar(_ unit: Unit) -> Bool { unit.residual == nil && unit.posts.isEmpty }

    private func absorbNorm(_ node: TracedNode, _ unit: inout Unit) -> Bool {
        guard node.node.operation == "BatchNormalization", isConvolution(unit), isPlainSoFar(unit),
            let (scale, shift) = Self.normalization(of: node, in: trace)
        else { return false }
        // Only what the convolution adds itself may be unknown beforehand; then the norm stays apart.
        if unit.main.inputs.count > 2, let bias = unit.main.inputs[2], trace.values[bias].literal == nil { return false }
        unit.shift = zip(unit.shift ?? Array(repeating: 0, count: scale.count), zip(scale, shift)).map { $0 * $1.0 + $1.1 }
        unit.scale = unit.scale.map { zip($0, scale).map(*) } ?? scale
        return true
    }

    /// A batch normalization as a factor and a summand per channel, where all its statistics are known.
    static func normalization(of node: TracedNode, in trace: Trace) -> (scale: [Float], shift: [Float])? {
        guard node.inputs.count >= 5 else { return nil }
        var parts: [[Float]] = []
        for input in node.inputs[1..<5] {
            guard let input, let tensor = trace.values[input].literal, tensor.elementType == .float32 else { return nil }
            parts.append(tensor.floats())
        }
        guard parts.allSatisfy({ $0.count == parts[0].count }) else { return nil }
        var epsilon: Float = 1e-5
        if case .float(let value)? = node.node.attributes["epsilon"] { epsilon = value }
        if case .integer(1)? = node.node.attributes["training_mode"] { return nil }
        let scale = zip(parts[0], parts[3]).map { Float(Double($0) / (Double($1) + Double(epsilon)).squareRoot()) }
        let shift = zip(zip(parts[1], parts[2]), scale).map { $0.0 - $0.1 * $1 }
        return (scale, shift)
    }

    /// Adding a literal per channel is a bias.
    private func absorbShift(_ node: TracedNode, _ unit: inout Unit) -> Bool {
        guard node.node.operation == "Add", isConvolution(unit) || isProduct(unit), isPlainSoFar(unit),
            let other = other(of: node, than: unit.output), let literal = trace.values[other].literal,
            literal.elementType == .float32
        else { return false }
        let shape = trace.values[unit.output].type.shape.dimensions
        let axis = isConvolution(unit) ? 1 : shape.count - 1
        guard shape.indices.contains(axis), literal.shape.rank <= shape.count else { return false }
        let offset = shape.count - literal.shape.rank
        for (position, extent) in literal.shape.dimensions.enumerated() {
            let isChannel = position + offset == axis
            guard extent == 1 || (isChannel && extent == shape[axis]) else { return false }
        }
        if unit.main.inputs.count > 2, let bias = unit.main.inputs[2], trace.values[bias].literal == nil { return false }
        let values = literal.floats()
        let added = values.count == 1 ? Array(repeating: values[0], count: shape[axis]) : values
        unit.shift = unit.shift.map { zip($0, added).map(+) } ?? added
        return true
    }

    private func absorbResidual(_ node: TracedNode, _ unit: inout Unit) -> Bool {
        guard node.node.operation == "Add", unit.main.node.operation == "Conv", isPlainSoFar(unit),
            let other = other(of: node, than: unit.output), trace.values[other].isRuntime,
            trace.values[other].type == trace.values[unit.output].type
        else { return false }
        unit.residual = other
        return true
    }

    private func absorbFunction(_ node: TracedNode, _ unit: inout Unit) -> Bool {
        // oneDNN's transposed convolutions apply functions one number at a time; a step of their own is faster.
        let takesFunctions =
            unit.main.node.operation == "Conv" || isProduct(unit) || BinaryOperator(unit.main.node.operation) != nil
            || unit.main.node.operation == "BatchNormalization"
        guard takesFunctions, unit.posts.count < 3, node.inputs.first == unit.output,
            let functions = Pointwise.functions(of: node, in: trace),
            // Of two functions of one kind oneDNN applies the first one's parameters twice: two LeakyRelu, say.
            functions.allSatisfy({ function in !unit.posts.contains { $0.function == function.function } })
        else { return false }
        unit.posts += functions
        return true
    }

    private func other(of node: TracedNode, than value: ValueID) -> ValueID? {
        guard node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1], left != right else { return nil }
        return left == value ? right : left
    }
}
