import TensorCore

extension OperatorRule {
    static let pooling: [String: OperatorRule] = [
        "MaxPool": OperatorRule(windowed), "AveragePool": OperatorRule(windowed), "LpPool": OperatorRule(windowed),
        "GlobalAveragePool": OperatorRule(global), "GlobalMaxPool": OperatorRule(global),
        "GlobalLpPool": OperatorRule(global),
        "MaxRoiPool": OperatorRule { context throws(ShapeFault) in
            let input = try context.shape(0, ranks: 4...4)
            let regions = try context.shape(1, ranks: 2...2)
            guard let pooled = try context.extents("pooled_shape", count: 2, atLeast: 1) else {
                throw ShapeFault("pooled_shape is missing")
            }
            return [.known(try Shape(inferred: [regions[0], input[1]] + pooled))]
        },
        "RoiAlign": OperatorRule { context throws(ShapeFault) in
            let input = try context.shape(0, ranks: 4...4)
            let regions = try context.shape(1, ranks: 2...2)
            let height = context.integer("output_height", default: 1)
            let width = context.integer("output_width", default: 1)
            return [.known(try Shape(inferred: [regions[0], input[1], height, width]))]
        },
    ]

    private static let windowed: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 3...8)
        guard let kernel = try context.extents("kernel_shape", count: input.rank - 2, atLeast: 1) else {
            throw ShapeFault("kernel_shape is missing")
        }
        let window = try SlidingWindow(context, kernel: kernel)
        var output = [input[0], input[1]]
        for axis in kernel.indices { output.append(try window.places(axis: axis, extent: input[axis + 2])) }
        let shape = try Shape(inferred: output)
        return context.node.outputs.map { _ in .known(shape) }  // MaxPool's second output holds the indices
    }

    private static let global: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 2...8)
        return [.known(try Shape(inferred: [input[0], input[1]] + Array(repeating: 1, count: input.rank - 2)))]
    }
}
