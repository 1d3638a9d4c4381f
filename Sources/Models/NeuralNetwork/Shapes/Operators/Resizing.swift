import TensorCore

extension OperatorRule {
    static let resizing: [String: OperatorRule] = [
        "Resize": OperatorRule(resize), "Upsample": OperatorRule(upsample), "AffineGrid": OperatorRule(affineGrid),
        "GridSample": OperatorRule { context throws(ShapeFault) in
            let input = try context.shape(0, ranks: 3...8)
            let grid = try context.shape(1, ranks: input.rank...input.rank)
            return [.known(try Shape(inferred: [input[0], input[1]] + grid.dimensions[1..<grid.rank - 1]))]
        },
        "CenterCropPad": OperatorRule { context throws(ShapeFault) in
            let input = try context.shape(0)
            let axes =
                try context.integers("axes").map { given throws(ShapeFault) in
                    try context.normalized(given, rank: input.rank)
                } ?? Array(0..<input.rank)
            let target = try context.integers(1)
            guard target.count == axes.count else { throw ShapeFault("the shape \(target) does not fit \(input)") }
            var dimensions = input.dimensions
            for (axis, extent) in zip(axes, target) { dimensions[axis] = extent }
            return [.known(try Shape(inferred: dimensions))]
        },
    ]

    private static func scaled(_ input: Shape, _ scales: [Double], axes: [Int]) throws(ShapeFault) -> [ValueFact] {
        guard scales.count == axes.count else { throw ShapeFault("scales \(scales) do not fit \(input)") }
        var dimensions = input.dimensions
        for (axis, scale) in zip(axes, scales) {
            // In float32, as the standard reckons: 10 elements at 0.7 are 7.
            let product = Float(input[axis]) * Float(scale)
            guard let extent = Int(exactly: product.rounded(.down)), extent >= 0 else {
                throw ShapeFault("a scale of \(scale) is impossible")
            }
            dimensions[axis] = extent
        }
        return [.known(try Shape(inferred: dimensions))]
    }

    private static let upsample: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        if let scales = context.floats("scales") {
            return try scaled(input, scales.map(Double.init), axes: Array(0..<input.rank))
        }
        guard let scales = context.constant(1) else { throw ShapeFault("the scales are computed while the network runs") }
        return try scaled(input, scales.doubles, axes: Array(0..<input.rank))
    }

    /// Inputs are (X, scales) in opset 10 and (X, roi, scales, sizes) from 11 on.
    private static let resize: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        let axes =
            try context.integers("axes").map { given throws(ShapeFault) in
                try context.normalized(given, rank: input.rank)
            } ?? Array(0..<input.rank)
        if context.hasInput(3) {
            let sizes = try context.integers(3)
            if !sizes.isEmpty { return try resized(context, input, sizes, axes: axes) }
        }
        let index = context.inputs.count == 2 && context.operatorSet < 11 ? 1 : 2
        guard context.hasInput(index) else { throw ShapeFault("neither scales nor sizes are given") }
        guard let scales = context.constant(index) else {
            throw ShapeFault(context.inputs[index]?.reason ?? "the scales are computed while the network runs")
        }
        return try scaled(input, scales.doubles, axes: axes)
    }

    private static func resized(
        _ context: NodeContext, _ input: Shape, _ sizes: [Int], axes: [Int]
    ) throws(ShapeFault) -> [ValueFact] {
        guard sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 && $0 <= largestExtent }) else {
            throw ShapeFault("sizes \(sizes) do not fit \(input)")
        }
        var dimensions = input.dimensions
        let policy = context.text("keep_aspect_ratio_policy") ?? "stretch"
        let ratios = zip(axes, sizes).map { Double($1) / Double(max(input[$0], 1)) }
        let common = policy == "not_larger" ? ratios.min() : policy == "not_smaller" ? ratios.max() : nil
        for (axis, size) in zip(axes, sizes) {
            guard let common else {
                dimensions[axis] = size
                continue
            }
            guard let extent = Int(exactly: (Double(input[axis]) * common).rounded()) else {
                throw ShapeFault("sizes \(sizes) do not fit \(input)")
            }
            dimensions[axis] = extent
        }
        return [.known(try Shape(inferred: dimensions))]
    }

    private static let affineGrid: Shapes = { context throws(ShapeFault) in
        let size = try context.integers(1)
        guard size.count == 4 || size.count == 5 else { throw ShapeFault("the size \(size) is not of 4 or 5 axes") }
        return [.known(try Shape(inferred: [size[0]] + size[2...] + [size.count - 2]))]
    }
}
