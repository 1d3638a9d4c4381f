import NeuralNetwork

extension ChannelRule {
    static let elementwise: [String: Rule] = {
        var rules: [String: Rule] = [:]
        for name in unaryNames { rules[name] = { $0.passAll() } }
        for name in broadcastNames {
            rules[name] = { visit in
                guard let output = visit.outputShape() else { return }
                for axis in 0..<output.rank {
                    let operands = visit.node.inputs.indices.compactMap { input -> (Int, Int)? in
                        guard let shape = visit.shape(input) else { return nil }
                        let own = axis - output.rank + shape.rank
                        return own >= 0 ? (input, own) : nil
                    }
                    visit.broadcast(operands, to: axis)
                }
            }
        }
        return rules
    }()

    /// Functions of one tensor, element by element; further inputs are scalars.
    private static let unaryNames = [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Ceil", "Celu", "Clip", "Cos", "Cosh",
        "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Log",
        "Mish", "Neg", "Not", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus",
        "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
    ]

    private static let broadcastNames = [
        "Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul",
        "Or", "PRelu", "Pow", "Sub", "Sum", "Where", "Xor",
    ]
}

extension NodeVisit {
    /// Every output has the first input's channels.
    mutating func passAll() {
        guard let shape = shape(0) else { return }
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = tracked(0, axis) else { continue }
            for output in node.outputs.indices { setOutput(output, axis, atoms) }
        }
    }

    /// Ties the operands' axes that meet at an axis of the result, if a computed one of them has channels there.
    mutating func broadcast(_ operands: [(input: Int, axis: Int)], to target: Int) {
        guard operands.contains(where: { isTracked($0.input, $0.axis) }), let output = outputShape(),
            output.dimensions.indices.contains(target)
        else { return }
        let extent = output[target]
        var joined: [Atom]?
        var faults: [(atoms: [Atom], reason: String)] = []
        for operand in operands {
            guard let shape = shape(operand.input), shape.dimensions.indices.contains(operand.axis) else { continue }
            let own = shape[operand.axis]
            if own == 1, extent > 1 {
                // One element for all of them; it is never dropped, being the only one.
                if let atoms = tracked(operand.input, operand.axis) { fix(atoms, "\(title) spreads it over all channels") }
                continue
            }
            guard let atoms = claim(operand.input, operand.axis) else {
                faults.append(([], "\(title) joins it with \(what(operand.input)), whose channels stay"))
                continue
            }
            if let joined { unify(joined, atoms) }
            joined = joined ?? atoms
        }
        guard let joined else { return }
        for fault in faults { fix(joined, fault.reason) }
        setOutput(0, target, joined)
    }

    private func what(_ input: Int) -> String {
        let name = node.inputs[input]
        return tracer.graphInputs.contains(name) ? "the graph input \(name)" : name
    }
}
