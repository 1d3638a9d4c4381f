import TensorCore

extension OperatorRule {
    /// Operators that pick elements by position.
    static let indexing: [String: OperatorRule] = [
        "Gather": OperatorRule(gather), "Slice": OperatorRule(slice),
        "GatherElements": OperatorRule { context throws(ShapeFault) in [.known(try context.shape(1))] },
        "GatherND": OperatorRule(gatherND),
        "Scatter": sameShape, "ScatterElements": sameShape, "ScatterND": sameShape, "TensorScatter": sameShape,
        "OneHot": OperatorRule(oneHot), "TopK": OperatorRule(topK),
    ]

    private static let gather: Shapes = { context throws(ShapeFault) in
        let data = try context.shape(0, ranks: 1...64)
        let indices = try context.shape(1)
        let axis = try context.axis(default: 0, rank: data.rank)
        let shape = try Shape(
            inferred: Array(data.dimensions[..<axis]) + indices.dimensions + Array(data.dimensions[(axis + 1)...]))
        guard (1...ConstantValue.largestCount).contains(shape.count), let positions = context.constant(1)?.integers,
            (1...ConstantValue.largestCount).contains(data.count), let values = context.constant(0)
        else { return [.known(shape)] }
        // No extent is 0, so no product exceeds the element count.
        let inner = data.dimensions[(axis + 1)...].reduce(1, *)
        var sources: [Int] = []
        for block in 0..<data.dimensions[..<axis].reduce(1, *) {
            for position in positions {
                let place = position < 0 ? position + data[axis] : position
                guard place >= 0, place < data[axis] else {
                    throw ShapeFault("index \(position) is outside of \(data[axis]) elements")
                }
                let start = (block * data[axis] + place) * inner
                sources += start..<start + inner
            }
        }
        return [ValueFact(shape: shape, constant: values.picking(sources, shape: shape))]
    }

    private static let slice: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        guard let starts = try context.integers(1, orAttribute: "starts"),
            let ends = try context.integers(2, orAttribute: "ends")
        else { throw ShapeFault("starts or ends are missing") }
        let axes = try context.axes(3, rank: input.rank) ?? Array(0..<min(starts.count, input.rank))
        let steps = try context.integers(4, orAttribute: "steps") ?? Array(repeating: 1, count: starts.count)
        guard starts.count == axes.count, ends.count == axes.count, steps.count == axes.count,
            steps.allSatisfy({ $0 != 0 })
        else { throw ShapeFault("starts \(starts), ends \(ends) and steps \(steps) do not fit \(input)") }
        var dimensions = input.dimensions
        var picks = input.dimensions.map { _ in (start: 0, step: 1) }
        for (index, axis) in axes.enumerated() {
            let extent = input[axis]
            let step = steps[index]
            // Negative positions count from the end; then both ends are clamped to what the step can reach.
            let bounds = step > 0 ? 0...extent : -1...max(extent - 1, -1)
            let start = clamp(starts[index], extent, step > 0 ? 0...extent : 0...max(extent - 1, 0))
            let end = clamp(ends[index], extent, bounds)
            // Bounds: |end − start| ≤ extent + 1, and the step's magnitude is at least 1.
            let distance = step > 0 ? end - start : start - end
            let stride = Int(clamping: step.magnitude)
            dimensions[axis] = distance <= 0 || extent == 0 ? 0 : (distance - 1) / stride + 1
            picks[axis] = (start, step)
        }
        let shape = try Shape(inferred: dimensions)
        let constant = input.count <= ConstantValue.largestCount ? context.constant(0) : nil
        return [ValueFact(shape: shape, constant: constant?.strided(picks, shape: shape))]
    }

    private static func clamp(_ position: Int, _ extent: Int, _ bounds: ClosedRange<Int>) -> Int {
        let counted = position < 0 ? position &+ extent : position
        return min(max(counted, bounds.lowerBound), bounds.upperBound)
    }

    private static let gatherND: Shapes = { context throws(ShapeFault) in
        let data = try context.shape(0, ranks: 1...64)
        let indices = try context.shape(1, ranks: 1...64)
        let batch = context.integer("batch_dims", default: 0)
        let depth = indices[indices.rank - 1]
        guard batch >= 0, batch < data.rank, depth >= 0, depth <= data.rank - batch else {
            throw ShapeFault("indices of \(indices) do not fit \(data)")
        }
        return [
            .known(try Shape(inferred: indices.dimensions.dropLast() + data.dimensions[(batch + depth)...]))
        ]
    }

    private static let oneHot: Shapes = { context throws(ShapeFault) in
        let indices = try context.shape(0)
        guard let depth = context.constant(1)?.doubles.first, let extent = Int(exactly: depth.rounded(.towardZero)) else {
            throw ShapeFault("the depth is computed while the network runs")
        }
        let axis = try context.axis(default: -1, rank: indices.rank + 1)
        var dimensions = indices.dimensions
        dimensions.insert(extent, at: axis)
        return [.known(try Shape(inferred: dimensions))]
    }

    private static let topK: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 1...64)
        let axis = try context.axis(default: -1, rank: input.rank)
        guard let count = try context.hasInput(1) ? context.integers(1).first : context.integer("k") else {
            throw ShapeFault("k is missing")
        }
        var dimensions = input.dimensions
        dimensions[axis] = count
        let shape = try Shape(inferred: dimensions)
        return [.known(shape), .known(shape)]
    }
}
