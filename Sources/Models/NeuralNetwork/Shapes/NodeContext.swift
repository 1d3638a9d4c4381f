import TensorCore

/// What an operator's rule may ask: the node, the facts of its inputs, and its attributes in checked form.
struct NodeContext {
    let node: Node
    /// Version of the standard operators.
    let operatorSet: Int
    /// nil where an optional input is omitted.
    let inputs: [ValueFact?]
    let tensors: [StoredTensor]

    func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The shape of a required input.
    func shape(_ index: Int) throws(ShapeFault) -> Shape {
        guard index < inputs.count, let fact = inputs[index] else { throw ShapeFault("input \(index) is missing") }
        guard let shape = fact.shape else { throw ShapeFault(fact.reason ?? "the shape of input \(index) is unknown") }
        return shape
    }

    func shape(_ index: Int, ranks: ClosedRange<Int>) throws(ShapeFault) -> Shape {
        let shape = try shape(index)
        guard ranks.contains(shape.rank) else {
            throw ShapeFault("input \(index) is \(shape), of rank \(shape.rank), not \(ranks.lowerBound) or more")
        }
        return shape
    }

    /// The elements of an input, where they are known beforehand.
    func constant(_ index: Int) -> ConstantValue? {
        guard index < inputs.count, let fact = inputs[index] else { return nil }
        if let constant = fact.constant { return constant }
        guard let tensor = fact.tensor, tensors.indices.contains(tensor) else { return nil }
        return ConstantValue(tensors[tensor].tensor)
    }

    /// The integers of an input whose elements a rule needs.
    func integers(_ index: Int) throws(ShapeFault) -> [Int] {
        guard hasInput(index) else { throw ShapeFault("input \(index) is missing") }
        guard let constant = constant(index) else {
            throw ShapeFault(inputs[index]?.reason ?? "input \(index) is computed while the network runs")
        }
        guard let integers = constant.integers else { throw ShapeFault("input \(index) holds no integers") }
        return integers
    }

    /// The integers of an input, or of the attribute that older operator sets use in its place; nil where both are absent.
    func integers(_ index: Int, orAttribute name: String) throws(ShapeFault) -> [Int]? {
        if hasInput(index) { return try integers(index) }
        return integers(name)
    }

    /// The axes an input or, in older operator sets, an attribute names, counted from the front.
    func axes(_ index: Int, orAttribute name: String = "axes", rank: Int) throws(ShapeFault) -> [Int]? {
        guard let axes = try integers(index, orAttribute: name) else { return nil }
        return try normalized(axes, rank: rank)
    }
}

extension NodeContext {
    func integer(_ name: String) -> Int? {
        if case .integer(let value) = node.attributes[name] { value } else { nil }
    }

    func integer(_ name: String, default value: Int) -> Int { integer(name) ?? value }

    func integers(_ name: String) -> [Int]? {
        if case .integers(let values) = node.attributes[name] { values } else { nil }
    }

    func floats(_ name: String) -> [Float]? {
        if case .floats(let values) = node.attributes[name] { values } else { nil }
    }

    func text(_ name: String) -> String? {
        if case .text(let value) = node.attributes[name] { value } else { nil }
    }

    /// Extents, strides or paddings of an attribute; nil where it is absent.
    func extents(_ name: String, count: Int, atLeast minimum: Int) throws(ShapeFault) -> [Int]? {
        guard let values = integers(name), !values.isEmpty else { return nil }
        guard values.count == count, values.allSatisfy({ $0 >= minimum && $0 <= largestExtent }) else {
            throw ShapeFault("\(name) is \(values), not \(count) numbers of \(minimum) or more")
        }
        return values
    }

    /// An axis counted from the front.
    func normalized(_ axis: Int, rank: Int) throws(ShapeFault) -> Int {
        guard axis >= -rank, axis < rank else { throw ShapeFault("axis \(axis) is outside of rank \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    func normalized(_ axes: [Int], rank: Int) throws(ShapeFault) -> [Int] {
        var result: [Int] = []
        for axis in axes { result.append(try normalized(axis, rank: rank)) }
        guard Set(result).count == result.count else { throw ShapeFault("an axis is named twice in \(axes)") }
        return result
    }

    /// The axis an attribute names.
    func axis(default value: Int, rank: Int) throws(ShapeFault) -> Int {
        try normalized(integer("axis", default: value), rank: rank)
    }
}
