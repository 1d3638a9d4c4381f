/// How one operator makes the shapes of its outputs, and how many multiply-accumulates it takes.
struct OperatorRule: Sendable {
    typealias Shapes = @Sendable (NodeContext) throws(ShapeFault) -> [ValueFact]
    typealias MACs = @Sendable (NodeContext, [ValueFact]) throws(ShapeFault) -> Int

    var shapes: Shapes
    /// nil for operators that multiply and accumulate nothing: additions, norms, activations, pooling.
    var macs: MACs?

    init(_ shapes: @escaping Shapes, macs: MACs? = nil) {
        self.shapes = shapes
        self.macs = macs
    }

    /// One family a file; no operator is in two.
    static let families: [[String: OperatorRule]] = [
        elementwise, convolution, pooling, matrixProduct, recurrent, normalization, shaping, joining, indexing,
        reduction, resizing, attention, losses, signals, constants, dataDependent,
    ]

    /// The rules of the standard operators, by name.
    static let standard = Dictionary(uniqueKeysWithValues: families.joined().map { ($0.key, $0.value) })

    /// Every output has the shape of the first input.
    static let sameShape = OperatorRule { context throws(ShapeFault) in
        let shape = try context.shape(0)
        return context.node.outputs.map { _ in .known(shape) }
    }
}
