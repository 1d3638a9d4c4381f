import TensorCore

extension OperatorRule {
    /// Operators whose values follow from the file or from shapes alone.
    static let constants: [String: OperatorRule] = [
        "Constant": OperatorRule(constant), "Shape": OperatorRule(shapeOf), "Size": OperatorRule(sizeOf),
        "ConstantOfShape": OperatorRule(constantOfShape), "Range": OperatorRule(range), "NonZero": OperatorRule(nonZero),
        "Compress": OperatorRule(compress),
        "RandomNormal": OperatorRule(random), "RandomUniform": OperatorRule(random),
    ]

    private static let constant: Shapes = { context throws(ShapeFault) in
        // Readers may store a constant's numbers as a tensor, whichever attribute they are in.
        for name in ["value", "value_float", "value_floats"] {
            if case .tensor(let index) = context.node.attributes[name], context.tensors.indices.contains(index) {
                return [ValueFact(shape: context.tensors[index].tensor.shape, tensor: index)]
            }
        }
        if let value = context.integer("value_int") { return [.constant(ConstantValue(scalar: value))] }
        if let values = context.integers("value_ints") {
            return [ValueFact(shape: [values.count], constant: ConstantValue(values))]
        }
        if case .float(let value) = context.node.attributes["value_float"],
            let constant = ConstantValue(shape: [], elements: .floats([Double(value)]))
        {
            return [.constant(constant)]
        }
        if let values = context.floats("value_floats") {
            let constant = ConstantValue(shape: [values.count], elements: .floats(values.map(Double.init)))
            return [ValueFact(shape: [values.count], constant: constant)]
        }
        if context.text("value_string") != nil { return [.known([])] }
        throw ShapeFault("the constant's value is not of a known kind")
    }

    private static let shapeOf: Shapes = { context throws(ShapeFault) in
        let shape = try context.shape(0)
        let start = context.integer("start", default: 0)
        let end = context.integer("end", default: shape.rank)
        func place(_ position: Int) -> Int {
            min(max(position < 0 ? position &+ shape.rank : position, 0), shape.rank)
        }
        let part = Array(shape.dimensions[place(start)..<max(place(start), place(end))])
        return [ValueFact(shape: [part.count], constant: ConstantValue(part))]
    }

    private static let sizeOf: Shapes = { context throws(ShapeFault) in
        [.constant(ConstantValue(scalar: try context.shape(0).count))]
    }

    private static let constantOfShape: Shapes = { context throws(ShapeFault) in
        let shape = try Shape(inferred: context.integers(0))
        guard shape.count <= ConstantValue.largestCount else { return [.known(shape)] }
        var elements = ConstantValue.Elements.floats(Array(repeating: 0, count: shape.count))
        if case .tensor(let index) = context.node.attributes["value"], context.tensors.indices.contains(index),
            let value = ConstantValue(context.tensors[index].tensor), value.count == 1
        {
            if let integer = value.integers?.first {
                elements = .integers(Array(repeating: integer, count: shape.count))
            } else {
                elements = .floats(Array(repeating: value.doubles[0], count: shape.count))
            }
        }
        return [ValueFact(shape: shape, constant: ConstantValue(shape: shape, elements: elements))]
    }

    private static let range: Shapes = { context throws(ShapeFault) in
        guard let start = context.constant(0), let limit = context.constant(1), let delta = context.constant(2),
            start.count == 1, limit.count == 1, delta.count == 1
        else { throw ShapeFault("the range is computed while the network runs") }
        let (first, step) = (start.doubles[0], delta.doubles[0])
        guard let count = Int(exactly: ((limit.doubles[0] - first) / step).rounded(.up)), count <= largestExtent else {
            throw ShapeFault("the range has no end")
        }
        let shape = try Shape(inferred: [max(count, 0)])
        guard shape.count <= ConstantValue.largestCount, let first = start.integers?[0], let step = delta.integers?[0] else {
            return [.known(shape)]
        }
        return [ValueFact(shape: shape, constant: ConstantValue((0..<shape.count).map { first &+ $0 &* step }))]
    }

    private static let nonZero: Shapes = { context throws(ShapeFault) in
        guard let value = context.constant(0) else {
            throw ShapeFault("how many elements are not zero is seen only while the network runs")
        }
        let doubles = value.doubles
        var places: [[Int]] = []
        var position = 0
        value.shape.forEachIndex { index in
            if doubles[position] != 0 { places.append(index) }
            position += 1
        }
        let shape = try Shape(inferred: [value.shape.rank, places.count])
        let elements = (0..<value.shape.rank).flatMap { axis in places.map { $0[axis] } }
        return [ValueFact(shape: shape, constant: ConstantValue(shape: shape, elements: .integers(elements)))]
    }

    private static let compress: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0)
        guard let condition = context.constant(1)?.integers else {
            throw ShapeFault("how many elements are kept is seen only while the network runs")
        }
        let kept = condition.count { $0 != 0 }
        guard context.integer("axis") != nil else { return [.known(try Shape(inferred: [kept]))] }
        var dimensions = input.dimensions
        dimensions[try context.axis(default: 0, rank: input.rank)] = kept
        return [.known(try Shape(inferred: dimensions))]
    }

    private static let random: Shapes = { context throws(ShapeFault) in
        guard let dimensions = context.integers("shape") else { throw ShapeFault("the shape is missing") }
        return [.known(try Shape(inferred: dimensions))]
    }

    /// Standard operators without multiply-accumulates whose outputs' extents depend on the data, or hold no numbers.
    static let dataDependent: [String: OperatorRule] = {
        let names = [
            "NonMaxSuppression", "Unique", "Multinomial", "StringNormalizer", "StringSplit", "StringConcat",
            "RegexFullMatch", "TfIdfVectorizer", "SequenceConstruct", "SequenceEmpty", "SequenceAt", "SequenceInsert",
            "SequenceErase", "SequenceLength", "SplitToSequence", "ConcatFromSequence", "Optional", "OptionalGetElement",
            "OptionalHasElement", "MelWeightMatrix", "ImageDecoder", "MaxUnpool",
        ]
        let rule = OperatorRule { _ throws(ShapeFault) in
            throw ShapeFault("the extents are seen only while the network runs")
        }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, rule) })
    }()
}
