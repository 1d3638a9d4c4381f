import TensorCore

extension OperatorRule {
    static let reduction: [String: OperatorRule] = {
        var rules: [String: OperatorRule] = [:]
        for name in ["L1", "L2", "LogSum", "LogSumExp", "Mean", "SumSquare"] {
            rules["Reduce" + name] = OperatorRule(reduce(nil))
        }
        for (name, function) in functions { rules["Reduce" + name] = OperatorRule(reduce(function)) }
        rules["ArgMax"] = OperatorRule(arg)
        rules["ArgMin"] = OperatorRule(arg)
        rules["Det"] = OperatorRule { context throws(ShapeFault) in
            [.known(try Shape(inferred: context.shape(0, ranks: 2...64).dimensions.dropLast(2)))]
        }
        return rules
    }()

    /// Reductions that shape arithmetic uses.
    private static let functions: [String: BinaryFunction] = [
        "Prod": BinaryFunction(integer: { $0 &* $1 }, real: { $0 * $1 }),
        "Sum": BinaryFunction(integer: { $0 &+ $1 }, real: { $0 + $1 }),
        "Max": BinaryFunction(integer: { max($0, $1) }, real: { max($0, $1) }),
        "Min": BinaryFunction(integer: { min($0, $1) }, real: { min($0, $1) }),
    ]

    private static func reduced(_ input: Shape, _ axes: [Int], keeping: Bool) throws(ShapeFault) -> Shape {
        var dimensions: [Int] = []
        for (axis, extent) in input.dimensions.enumerated() {
            if !axes.contains(axis) { dimensions.append(extent) } else if keeping { dimensions.append(1) }
        }
        return try Shape(inferred: dimensions)
    }

    private static func reduce(_ function: BinaryFunction?) -> Shapes {
        { context throws(ShapeFault) in
            let input = try context.shape(0)
            var axes = try context.axes(1, rank: input.rank) ?? []
            if axes.isEmpty, context.integer("noop_with_empty_axes", default: 0) == 0 { axes = Array(0..<input.rank) }
            let shape = try reduced(input, axes, keeping: context.integer("keepdims", default: 1) != 0)
            var fact = ValueFact.known(shape)
            // Shapes are vectors: a constant is folded where everything is reduced.
            if let function, axes.count == input.rank, let values = context.constant(0), values.count > 0 {
                let scalars = (0..<values.count).compactMap { values.picking([$0], shape: []) }
                var result: ConstantValue? = scalars[0]
                for scalar in scalars.dropFirst() { result = result.flatMap { function.apply($0, scalar) } }
                fact.constant = result?.reshaped(shape)
            }
            return [fact]
        }
    }

    private static let arg: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 1...64)
        let axis = try context.axis(default: 0, rank: input.rank)
        return [.known(try reduced(input, [axis], keeping: context.integer("keepdims", default: 1) != 0))]
    }
}
