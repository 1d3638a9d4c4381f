import TensorCore

extension OperatorRule {
    /// Operators that keep the elements and their order, but for Transpose.
    static let shaping: [String: OperatorRule] = [
        "Identity": OperatorRule { context throws(ShapeFault) in
            _ = try context.shape(0)
            return context.inputs[0].map { [$0] } ?? []
        },
        "Cast": OperatorRule(cast), "Reshape": OperatorRule(reshape), "Flatten": OperatorRule(flatten),
        "Squeeze": OperatorRule(squeeze), "Unsqueeze": OperatorRule(unsqueeze), "Transpose": OperatorRule(transpose),
        "DepthToSpace": OperatorRule(depthToSpace), "SpaceToDepth": OperatorRule(spaceToDepth),
    ]

    private static func reshaped(_ context: NodeContext, _ dimensions: [Int]) throws(ShapeFault) -> [ValueFact] {
        let shape = try Shape(inferred: dimensions)
        let constant = shape.count <= ConstantValue.largestCount ? context.constant(0)?.reshaped(shape) : nil
        return [ValueFact(shape: shape, constant: constant)]
    }

    private static let cast: Shapes = { context throws(ShapeFault) in
        let shape = try context.shape(0)
        guard shape.count <= ConstantValue.largestCount, let value = context.constant(0) else { return [.known(shape)] }
        let elements: ConstantValue.Elements
        switch context.integer("to") {
        case 1, 10, 11, 16: elements = .floats(value.doubles)  // float32, float16, float64, bfloat16
        case 9: elements = .integers(value.doubles.map { $0 == 0 ? 0 : 1 })  // Boolean
        default:
            let integers = value.integers ?? value.doubles.map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }
            elements = .integers(integers)
        }
        return [ValueFact(shape: shape, constant: ConstantValue(shape: shape, elements: elements))]
    }

    private static let reshape: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        guard let target = try context.integers(1, orAttribute: "shape") else { throw ShapeFault("the shape is missing") }
        let zeroCopies = context.integer("allowzero", default: 0) == 0
        var dimensions: [Int] = []
        var inferred: Int?
        for (axis, extent) in target.enumerated() {
            if extent == -1 {
                guard inferred == nil else { throw ShapeFault("the shape \(target) has more than one −1") }
                inferred = axis
                dimensions.append(1)
            } else if extent == 0, zeroCopies {
                guard axis < input.rank else { throw ShapeFault("the shape \(target) copies an axis \(input) has not") }
                dimensions.append(input[axis])
            } else {
                guard extent >= 0 else { throw ShapeFault("the shape \(target) has a negative extent") }
                dimensions.append(extent)
            }
        }
        let count = try product(dimensions)
        if let inferred {
            guard count == 0 ? input.count == 0 : input.count % count == 0 else {
                throw ShapeFault("\(input) does not reshape to \(target)", isLackOfRoom: true)
            }
            dimensions[inferred] = count == 0 ? 0 : input.count / count
        } else if count != input.count {
            throw ShapeFault("\(input) does not reshape to \(target)", isLackOfRoom: true)
        }
        return try reshaped(context, dimensions)
    }

    private static let flatten: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        var axis = context.integer("axis", default: 1)
        guard axis >= -input.rank, axis <= input.rank else { throw ShapeFault("axis \(axis) is outside of \(input)") }
        if axis < 0 { axis += input.rank }
        return try reshaped(context, [product(input.dimensions[..<axis]), product(input.dimensions[axis...])])
    }

    private static let squeeze: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        let axes = try context.axes(1, rank: input.rank) ?? input.dimensions.indices.filter { input[$0] == 1 }
        guard axes.allSatisfy({ input[$0] == 1 }) else {
            throw ShapeFault("axes \(axes) of \(input) are not all of extent 1")
        }
        return try reshaped(
            context, input.dimensions.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
    }

    private static let unsqueeze: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        guard let given = try context.integers(1, orAttribute: "axes"), given.count <= 64 else {
            throw ShapeFault("the axes are missing")
        }
        let rank = input.rank + given.count
        let axes = try context.normalized(given, rank: rank)
        var rest = input.dimensions[...]
        var dimensions: [Int] = []
        for axis in 0..<rank {
            let extent = axes.contains(axis) ? 1 : rest.popFirst()
            if let extent { dimensions.append(extent) }
        }
        return try reshaped(context, dimensions)
    }

    private static let transpose: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        let order =
            try context.integers("perm").map { given throws(ShapeFault) in
                try context.normalized(given, rank: input.rank)
            } ?? Array((0..<input.rank).reversed())
        guard order.count == input.rank else { throw ShapeFault("perm \(order) does not fit \(input)") }
        let shape = try Shape(inferred: order.map { input[$0] })
        var fact = ValueFact.known(shape)
        if shape.count <= ConstantValue.largestCount, let constant = context.constant(0) {
            let strides = input.rowMajorStrides
            var sources: [Int] = []
            shape.forEachIndex { index in
                sources.append(zip(index, order).reduce(0) { $0 + $1.0 * strides[$1.1] })
            }
            fact.constant = constant.picking(sources, shape: shape)
        }
        return [fact]
    }

    private static func blockSize(_ context: NodeContext) throws(ShapeFault) -> Int {
        guard let size = context.integer("blocksize"), size >= 1, size <= 1 << 20 else {
            throw ShapeFault("blocksize is missing or impossible")
        }
        return size
    }

    private static let depthToSpace: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 4...4)
        let size = try blockSize(context)
        guard input[1] % (size * size) == 0 else { throw ShapeFault("\(input[1]) channels do not fill blocks of \(size)") }
        return [
            .known(
                try Shape(
                    inferred: [
                        input[0], input[1] / (size * size), try product([input[2], size]), try product([input[3], size]),
                    ]))
        ]
    }

    private static let spaceToDepth: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 4...4)
        let size = try blockSize(context)
        guard input[2] % size == 0, input[3] % size == 0 else {
            throw ShapeFault("\(input) does not fill blocks of \(size)")
        }
        let channels = try product([input[1], size, size])
        return [.known(try Shape(inferred: [input[0], channels, input[2] / size, input[3] / size]))]
    }
}
