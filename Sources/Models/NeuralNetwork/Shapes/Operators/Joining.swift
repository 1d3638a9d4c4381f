import TensorCore

extension OperatorRule {
    /// Operators that put tensors together, take them apart, or repeat them.
    static let joining: [String: OperatorRule] = [
        "Concat": OperatorRule(concat), "Split": OperatorRule(split), "Expand": OperatorRule(expand),
        "Tile": OperatorRule(tile), "Pad": OperatorRule(pad),
    ]

    private static let concat: Shapes = { context throws(ShapeFault) in
        let first = try context.shape(0, ranks: 1...64)
        let axis = try context.axis(default: 1, rank: first.rank)
        var dimensions = first.dimensions
        var extents = [first[axis]]
        for index in context.inputs.indices.dropFirst() {
            let shape = try context.shape(index)
            var other = shape.dimensions
            guard other.count == dimensions.count else { throw ShapeFault("\(first) and \(shape) do not join") }
            extents.append(other[axis])
            other[axis] = first[axis]
            guard other == first.dimensions else { throw ShapeFault("\(first) and \(shape) do not join at axis \(axis)", isLackOfRoom: true) }
            dimensions[axis] += shape[axis]
            guard dimensions[axis] <= largestExtent else { throw ShapeFault("the joined axis is too long") }
        }
        let shape = try Shape(inferred: dimensions)
        guard shape.count <= ConstantValue.largestCount else { return [.known(shape)] }
        var parts: [ConstantValue] = []
        for index in context.inputs.indices {
            guard let part = context.constant(index) else { return [.known(shape)] }
            parts.append(part)
        }
        return [ValueFact(shape: shape, constant: joined(parts, axis: axis, shape: shape))]
    }

    private static func joined(_ parts: [ConstantValue], axis: Int, shape: Shape) -> ConstantValue? {
        let isInteger = parts.allSatisfy { $0.integers != nil }
        guard shape.count > 0 else { return ConstantValue(shape: shape, elements: .integers([])) }
        let outer = shape.dimensions[..<axis].reduce(1, *)  // at most shape.count, since no extent is 0
        var order: [(part: Int, start: Int, count: Int)] = []
        for block in 0..<outer {
            for (index, part) in parts.enumerated() where part.count > 0 {
                let length = part.count / outer
                order.append((index, block * length, length))
            }
        }
        if isInteger {
            let values = parts.map { $0.integers ?? [] }
            return ConstantValue(
                shape: shape, elements: .integers(order.flatMap { values[$0.part][$0.start..<$0.start + $0.count] }))
        }
        let values = parts.map(\.doubles)
        return ConstantValue(
            shape: shape, elements: .floats(order.flatMap { values[$0.part][$0.start..<$0.start + $0.count] }))
    }

    private static let split: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 1...64)
        let axis = try context.axis(default: 0, rank: input.rank)
        let outputs = context.node.outputs.count
        let extents: [Int]
        if let given = try context.integers(1, orAttribute: "split") {
            guard given.count == outputs, given.allSatisfy({ $0 >= 0 && $0 <= input[axis] }),
                given.reduce(0, &+) == input[axis]
            else { throw ShapeFault("parts of \(given) do not make up \(input[axis])") }
            extents = given
        } else {
            // Equal parts, the last one smaller where they do not divide (opset 18).
            let part = outputs == 0 ? 0 : (input[axis] + outputs - 1) / outputs
            guard outputs > 0, part * (outputs - 1) <= input[axis] else {
                throw ShapeFault("\(input[axis]) elements do not split into \(outputs) parts")
            }
            extents = Array(repeating: part, count: outputs - 1) + [input[axis] - part * (outputs - 1)]
        }
        let constant = input.count <= ConstantValue.largestCount ? context.constant(0) : nil
        var start = 0
        var facts: [ValueFact] = []
        for extent in extents {
            var dimensions = input.dimensions
            dimensions[axis] = extent
            let shape = try Shape(inferred: dimensions)
            let steps = (0..<input.rank).map { $0 == axis ? (start: start, step: 1) : (start: 0, step: 1) }
            facts.append(ValueFact(shape: shape, constant: constant?.strided(steps, shape: shape)))
            start += extent
        }
        return facts
    }

    private static let expand: Shapes = { context throws(ShapeFault) in
        let target = try context.integers(1)
        let shape = try Shape(inferred: broadcast(context.shape(0).dimensions, target))
        let constant = shape.count <= ConstantValue.largestCount ? context.constant(0)?.stretched(to: shape) : nil
        return [ValueFact(shape: shape, constant: constant)]
    }

    private static let tile: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        let repeats = try context.integers(1)
        guard repeats.count == input.rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw ShapeFault("repeats \(repeats) do not fit \(input)")
        }
        var dimensions: [Int] = []
        for (extent, count) in zip(input.dimensions, repeats) { dimensions.append(try product([extent, count])) }
        return [.known(try Shape(inferred: dimensions))]
    }

    private static let pad: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        let pads = try context.integers(1, orAttribute: "pads") ?? []
        let axes = try context.axes(3, orAttribute: "axes", rank: input.rank) ?? Array(0..<input.rank)
        guard pads.count == 2 * axes.count, pads.allSatisfy({ abs($0.clamped) <= largestExtent }) else {
            throw ShapeFault("pads \(pads) do not fit \(input)")
        }
        var dimensions = input.dimensions
        for (index, axis) in axes.enumerated() { dimensions[axis] += pads[index] + pads[index + axes.count] }
        return [.known(try Shape(inferred: dimensions))]
    }
}

extension Int {
    /// The number with `Int.min` moved to where its magnitude exists.
    fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}

extension ConstantValue {
    /// The elements at start, start + step, … along each axis.
    func strided(_ steps: [(start: Int, step: Int)], shape target: Shape) -> ConstantValue? {
        guard target.count <= Self.largestCount, target.rank == shape.rank else { return nil }
        let strides = shape.rowMajorStrides
        var sources: [Int] = []
        target.forEachIndex { index in
            var source = 0
            for axis in index.indices {
                source &+= (steps[axis].start &+ index[axis] &* steps[axis].step) &* strides[axis]
            }
            sources.append(source)
        }
        return picking(sources, shape: target)
    }
}
