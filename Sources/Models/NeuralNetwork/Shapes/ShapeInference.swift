import TensorCore

/// What is known of a node's input before it runs.
public struct InputFact: Sendable {
    public var shape: Shape
    /// The elements, where they are known beforehand: shapes, axes, scales.
    public var constant: Tensor?

    public init(shape: Shape, constant: Tensor? = nil) {
        self.shape = shape
        self.constant = constant
    }
}

/// Why a node's output has no shape, as a reason to show.
public struct ShapeInferenceError: Error, Hashable {
    public var reason: String
}

extension Node {
    /// The shapes of all outputs, given the inputs' (nil where an optional one is omitted).
    ///
    /// Operators without a rule, and shapes that depend on data, are errors.
    public func outputShapes(operatorSet: Int, inputs: [InputFact?]) throws(ShapeInferenceError) -> [Shape] {
        guard domain.isEmpty, let rule = OperatorRule.standard[operation] else {
            throw ShapeInferenceError(reason: "unknown operator \(operation)".asReason)
        }
        let facts = inputs.map { input in
            input.map { ValueFact(shape: $0.shape, constant: $0.constant.flatMap { ConstantValue(TensorSource($0)) }) }
        }
        let context = NodeContext(node: self, operatorSet: operatorSet, inputs: facts, tensors: [])
        var shapes: [Shape] = []
        do throws(ShapeFault) {
            for fact in try rule.shapes(context) {
                guard let shape = fact.shape else { throw ShapeFault(fact.reason ?? "its shape depends on the data") }
                shapes.append(shape)
            }
        } catch {
            throw ShapeInferenceError(reason: error.reason)
        }
        return shapes
    }
}
