import TensorCore

extension OperatorRule {
    /// Operators of signal processing.
    static let signals: [String: OperatorRule] = [
        "HannWindow": OperatorRule(window), "HammingWindow": OperatorRule(window), "BlackmanWindow": OperatorRule(window),
        "DFT": OperatorRule(transform), "STFT": OperatorRule(shortTimeTransform), "Col2Im": OperatorRule(columnsToImage),
    ]

    private static let window: Shapes = { context throws(ShapeFault) in
        guard let size = try context.integers(0).first else { throw ShapeFault("the size is missing") }
        return [.known(try Shape(inferred: [size]))]
    }

    /// The axis is an attribute (1 by default) before opset 20, an input since.
    private static let transform: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 2...64)
        var given = context.operatorSet >= 20 ? -2 : context.integer("axis", default: 1)
        if context.operatorSet >= 20, context.hasInput(2), let axis = try context.integers(2).first { given = axis }
        let axis = try context.normalized(given, rank: input.rank)
        guard axis < input.rank - 1 else { throw ShapeFault("axis \(axis) of \(input) holds the parts of complex numbers") }
        let isOneSided = context.integer("onesided", default: 0) != 0
        let isInverse = context.integer("inverse", default: 0) != 0
        var length = isInverse && isOneSided ? 2 * max(input[axis] - 1, 0) : input[axis]
        if context.hasInput(1), let given = try context.integers(1).first { length = given }
        guard length >= 1, length <= largestExtent else { throw ShapeFault("a transform of length \(length) is impossible") }
        var dimensions = input.dimensions
        dimensions[axis] = isOneSided && !isInverse ? length / 2 + 1 : length
        dimensions[input.rank - 1] = isInverse && isOneSided ? 1 : 2
        return [.known(try Shape(inferred: dimensions))]
    }

    /// (batch, frames, frequencies, 2) of a signal (batch, length, 1 or 2).
    private static let shortTimeTransform: Shapes = { context throws(ShapeFault) in
        let signal = try context.shape(0, ranks: 2...3)
        guard let step = try context.integers(1).first, step >= 1 else { throw ShapeFault("the step is missing or not positive") }
        let length = context.hasInput(3) ? try context.integers(3).first : context.hasInput(2) ? try context.shape(2).count : nil
        guard let length, length >= 1, length <= signal[1] else { throw ShapeFault("the frame's length is missing or too large") }
        let isOneSided = context.integer("onesided", default: 1) != 0
        return [
            .known(
                try Shape(
                    inferred: [signal[0], (signal[1] - length) / step + 1, isOneSided ? length / 2 + 1 : length, 2]))
        ]
    }

    private static let columnsToImage: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 3...3)
        let image = try context.integers(1)
        let block = try context.integers(2)
        guard image.count == block.count, !block.isEmpty, block.allSatisfy({ $0 >= 1 && $0 <= largestExtent }) else {
            throw ShapeFault("blocks of \(block) do not fit an image of \(image)")
        }
        let count = try product(block)
        guard input[1] % count == 0 else { throw ShapeFault("\(input[1]) rows do not fill blocks of \(block)") }
        return [.known(try Shape(inferred: [input[0], input[1] / count] + image))]
    }
}
