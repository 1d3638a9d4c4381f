import Glibc
import TensorCore

/// The shape two shapes broadcast to: aligned at the end, extents of 1 stretch.
func broadcast(_ left: [Int], _ right: [Int]) throws(ShapeFault) -> [Int] {
    var result = left.count >= right.count ? left : right
    let other = left.count >= right.count ? right : left
    let offset = result.count - other.count
    for (axis, extent) in other.enumerated() where extent != result[offset + axis] {
        if result[offset + axis] == 1 {
            result[offset + axis] = extent
        } else if extent != 1 {
            throw ShapeFault("shapes \(left) and \(right) do not broadcast", isLackOfRoom: true)
        }
    }
    return result
}

extension OperatorRule {
    static let elementwise: [String: OperatorRule] = {
        var rules: [String: OperatorRule] = [:]
        for name in unaryNames { rules[name] = sameShape }
        for (name, function) in unaryFunctions { rules[name] = OperatorRule(unary(function)) }
        for name in variadicNames { rules[name] = OperatorRule(variadic(nil)) }
        for (name, function) in binaryFunctions { rules[name] = OperatorRule(variadic(function)) }
        rules["Where"] = OperatorRule(choice)
        rules["Clip"] = OperatorRule(clip)
        rules["PRelu"] = sameShape
        rules["DynamicQuantizeLinear"] = OperatorRule { context throws(ShapeFault) in
            [.known(try context.shape(0)), .known([]), .known([])]
        }
        return rules
    }()

    private static let unaryNames = [
        "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Celu", "Cos", "Cosh", "CumProd", "CumSum",
        "DequantizeLinear", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "Hardmax", "IsInf", "IsNaN",
        "LeakyRelu", "Log", "LogSoftmax", "Mish", "QuantizeLinear", "Relu", "Selu", "Shrink", "Sigmoid", "Sign", "Sin",
        "Sinh", "Softmax", "Softplus", "Softsign", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Trilu",
        "Bernoulli", "RandomNormalLike", "RandomUniformLike", "EyeLike", "CastLike", "ReverseSequence", "BitCast",
    ]
    private static let variadicNames = [
        "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Mean", "Pow",
    ]

    /// Functions of one number that shape arithmetic uses, on integers and on real numbers.
    private static let unaryFunctions: [String: UnaryFunction] = [
        "Neg": UnaryFunction(integer: { 0 &- $0 }, real: { -$0 }),
        "Abs": UnaryFunction(integer: { $0 < 0 ? 0 &- $0 : $0 }, real: { abs($0) }),
        "Not": UnaryFunction(integer: { $0 == 0 ? 1 : 0 }, real: { $0 == 0 ? 1 : 0 }),
        "Floor": UnaryFunction(integer: { $0 }, real: { $0.rounded(.down) }),
        "Ceil": UnaryFunction(integer: { $0 }, real: { $0.rounded(.up) }),
        "Round": UnaryFunction(integer: { $0 }, real: { $0.rounded(.toNearestOrEven) }),
        "Sqrt": UnaryFunction(integer: { $0 }, real: { $0.squareRoot() }),
        "Reciprocal": UnaryFunction(integer: { $0 }, real: { 1 / $0 }),
    ]

    /// Functions of two numbers that shape arithmetic uses; integers wrap as they do at run time.
    private static let binaryFunctions: [String: BinaryFunction] = [
        "Add": BinaryFunction(integer: { $0 &+ $1 }, real: { $0 + $1 }),
        "Sub": BinaryFunction(integer: { $0 &- $1 }, real: { $0 - $1 }),
        "Mul": BinaryFunction(integer: { $0 &* $1 }, real: { $0 * $1 }),
        "Div": BinaryFunction(
            integer: { $1 == 0 ? nil : $0.dividedReportingOverflow(by: $1).partialValue }, real: { $0 / $1 }),
        "Mod": BinaryFunction(integer: { $1 == 0 ? nil : floorModulus($0, $1) }, real: { fmod($0, $1) }),
        "Min": BinaryFunction(integer: { min($0, $1) }, real: { min($0, $1) }),
        "Max": BinaryFunction(integer: { max($0, $1) }, real: { max($0, $1) }),
        "Sum": BinaryFunction(integer: { $0 &+ $1 }, real: { $0 + $1 }),
        "Equal": BinaryFunction(predicate: { $0 == $1 }, real: { $0 == $1 }),
        "Greater": BinaryFunction(predicate: { $0 > $1 }, real: { $0 > $1 }),
        "GreaterOrEqual": BinaryFunction(predicate: { $0 >= $1 }, real: { $0 >= $1 }),
        "Less": BinaryFunction(predicate: { $0 < $1 }, real: { $0 < $1 }),
        "LessOrEqual": BinaryFunction(predicate: { $0 <= $1 }, real: { $0 <= $1 }),
        "And": BinaryFunction(predicate: { $0 != 0 && $1 != 0 }, real: { $0 != 0 && $1 != 0 }),
        "Or": BinaryFunction(predicate: { $0 != 0 || $1 != 0 }, real: { $0 != 0 || $1 != 0 }),
        "Xor": BinaryFunction(predicate: { ($0 != 0) != ($1 != 0) }, real: { ($0 != 0) != ($1 != 0) }),
    ]

    /// The remainder with the sign of the divisor, as ONNX's Mod has it for integers.
    private static func floorModulus(_ left: Int, _ right: Int) -> Int {
        let remainder = left.remainderReportingOverflow(dividingBy: right).partialValue
        return remainder != 0 && (remainder < 0) != (right < 0) ? remainder &+ right : remainder
    }

    private static func unary(_ function: UnaryFunction) -> Shapes {
        { context throws(ShapeFault) in
            let shape = try context.shape(0)
            let constant = shape.count <= ConstantValue.largestCount ? context.constant(0).flatMap(function.apply) : nil
            return [ValueFact(shape: shape, constant: constant)]
        }
    }

    /// Any number of operands that broadcast against each other.
    private static func variadic(_ function: BinaryFunction?) -> Shapes {
        { context throws(ShapeFault) in
            var dimensions = try context.shape(0).dimensions
            // Before opset 7 the second operand was stretched to the first, from an axis that an attribute names.
            if context.operatorSet < 7, context.inputs.count == 2 { return [.known(try context.shape(0))] }
            for index in context.inputs.indices.dropFirst() {
                dimensions = try broadcast(dimensions, context.shape(index).dimensions)
            }
            let shape = try Shape(inferred: dimensions)
            guard let function, shape.count <= ConstantValue.largestCount, var result = context.constant(0) else {
                return [.known(shape)]
            }
            for index in context.inputs.indices.dropFirst() {
                guard let operand = context.constant(index), let next = function.apply(result, operand) else {
                    return [.known(shape)]
                }
                result = next
            }
            return [ValueFact(shape: shape, constant: result)]
        }
    }

    /// Bounds are inputs since operator set 11; as attributes, and so of numbers that are no shape's, they are not followed.
    private static let clip: Shapes = { context throws(ShapeFault) in
        let shape = try context.shape(0)
        guard context.operatorSet >= 11, var result = context.constant(0) else { return [.known(shape)] }
        for (bound, name) in [(1, "Max"), (2, "Min")] where context.hasInput(bound) {
            guard let limit = context.constant(bound), let next = binaryFunctions[name]?.apply(result, limit) else { return [.known(shape)] }
            result = next
        }
        return [ValueFact(shape: shape, constant: result)]
    }

    private static let choice: Shapes = { context throws(ShapeFault) in
        let condition = try context.shape(0).dimensions
        let shape = try Shape(
            inferred: broadcast(broadcast(condition, context.shape(1).dimensions), context.shape(2).dimensions))
        guard shape.count <= ConstantValue.largestCount,
            let condition = context.constant(0)?.stretched(to: shape)?.integers,
            let first = context.constant(1)?.stretched(to: shape), let second = context.constant(2)?.stretched(to: shape)
        else { return [.known(shape)] }
        let elements: ConstantValue.Elements
        if let first = first.integers, let second = second.integers {
            elements = .integers(condition.indices.map { condition[$0] != 0 ? first[$0] : second[$0] })
        } else {
            let (first, second) = (first.doubles, second.doubles)
            elements = .floats(condition.indices.map { condition[$0] != 0 ? first[$0] : second[$0] })
        }
        return [ValueFact(shape: shape, constant: ConstantValue(shape: shape, elements: elements))]
    }
}

/// A function of one number, for integers and for real numbers.
struct UnaryFunction: Sendable {
    var integer: @Sendable (Int) -> Int
    var real: @Sendable (Double) -> Double

    func apply(_ value: ConstantValue) -> ConstantValue? {
        switch value.elements {
        case .integers(let values): ConstantValue(shape: value.shape, elements: .integers(values.map(integer)))
        case .floats(let values): ConstantValue(shape: value.shape, elements: .floats(values.map(real)))
        }
    }
}

/// A function of two numbers; nil where it has no value.
struct BinaryFunction: Sendable {
    private enum Real {
        case number(@Sendable (Double, Double) -> Double)
        case predicate(@Sendable (Double, Double) -> Bool)
    }
    private var integer: @Sendable (Int, Int) -> Int?
    private var real: Real

    init(integer: @escaping @Sendable (Int, Int) -> Int?, real: @escaping @Sendable (Double, Double) -> Double) {
        self.integer = integer
        self.real = .number(real)
    }

    init(predicate: @escaping @Sendable (Int, Int) -> Bool, real: @escaping @Sendable (Double, Double) -> Bool) {
        integer = { predicate($0, $1) ? 1 : 0 }
        self.real = .predicate(real)
    }

    /// The function of two constants that broadcast against each other.
    func apply(_ left: ConstantValue, _ right: ConstantValue) -> ConstantValue? {
        guard let dimensions = try? broadcast(left.shape.dimensions, right.shape.dimensions),
            let shape = Shape(checking: dimensions), let left = left.stretched(to: shape),
            let right = right.stretched(to: shape)
        else { return nil }
        if let left = left.integers, let right = right.integers {
            let values = zip(left, right).compactMap { integer($0, $1) }
            return ConstantValue(shape: shape, elements: .integers(values))  // nil where one had no value
        }
        let pairs = zip(left.doubles, right.doubles)
        switch real {
        case .number(let function): return ConstantValue(shape: shape, elements: .floats(pairs.map { function($0, $1) }))
        case .predicate(let function):
            return ConstantValue(shape: shape, elements: .integers(pairs.map { function($0, $1) ? 1 : 0 }))
        }
    }
}

extension ConstantValue {
    /// The constant repeated along the axes where it has an extent of 1; nil where it does not fit.
    func stretched(to target: Shape) -> ConstantValue? {
        guard target.count <= Self.largestCount, target.rank >= shape.rank else { return nil }
        let offset = target.rank - shape.rank
        guard shape.dimensions.enumerated().allSatisfy({ $0.element == 1 || $0.element == target[offset + $0.offset] })
        else { return nil }
        if shape == target { return self }
        let strides = shape.rowMajorStrides
        var sources: [Int] = []
        target.forEachIndex { index in
            var source = 0
            for axis in 0..<shape.rank where shape[axis] != 1 { source += index[offset + axis] * strides[axis] }
            sources.append(source)
        }
        return picking(sources, shape: target)
    }
}
