import COneDNN
import NeuralNetwork

extension Pointwise {
    /// The functions a node applies to every element one after the other; nil where oneDNN has none for it.
    static func functions(of node: TracedNode, in trace: Trace) -> [Pointwise]? {
        func float(_ name: String, _ value: Float) -> Float {
            if case .float(let given)? = node.node.attributes[name] { given } else { value }
        }
        switch node.node.operation {
        case "Relu": return [Pointwise(function: pare_relu)]
        case "LeakyRelu": return [Pointwise(function: pare_relu, alpha: float("alpha", 0.01))]
        case "Elu": return [Pointwise(function: pare_elu, alpha: float("alpha", 1))]
        case "Sigmoid": return [Pointwise(function: pare_logistic)]
        case "Tanh": return [Pointwise(function: pare_tanh)]
        case "Exp": return [Pointwise(function: pare_exp)]
        case "Abs": return [Pointwise(function: pare_abs)]
        case "Sqrt": return [Pointwise(function: pare_sqrt)]
        case "HardSwish": return [Pointwise(function: pare_hardswish, alpha: 1 / 6, beta: 0.5)]
        case "HardSigmoid":
            return [
                Pointwise(function: pare_linear, alpha: float("alpha", 0.2), beta: float("beta", 0.5)),
                Pointwise(function: pare_clip, alpha: 0, beta: 1),
            ]
        case "Gelu":
            if case .text("tanh")? = node.node.attributes["approximate"] { return [Pointwise(function: pare_gelu_tanh)] }
            return [Pointwise(function: pare_gelu_erf)]
        case "Clip": return clip(node, in: trace, float)
        default: return nil
        }
    }

    private static func clip(
        _ node: TracedNode, in trace: Trace, _ float: (String, Float) -> Float
    ) -> [Pointwise]? {
        var bounds = [float("min", -.greatestFiniteMagnitude), float("max", .greatestFiniteMagnitude)]
        for position in [1, 2] where position < node.inputs.count {
            guard let input = node.inputs[position] else { continue }
            guard let literal = trace.values[input].literal, literal.elementType == .float32, literal.count == 1 else {
                return nil
            }
            bounds[position - 1] = literal.floats()[0]
        }
        guard bounds[0] <= bounds[1] else { return nil }
        return [Pointwise(function: pare_clip, alpha: bounds[0], beta: bounds[1])]
    }
}

/// Functions of two numbers that oneDNN has.
struct BinaryOperator {
    var function: pare_binary_function
    var isCommutative: Bool

    init?(_ operation: String) {
        switch operation {
        case "Add": (function, isCommutative) = (pare_add, true)
        case "Sub": (function, isCommutative) = (pare_subtract, false)
        case "Mul": (function, isCommutative) = (pare_multiply, true)
        case "Div": (function, isCommutative) = (pare_divide, false)
        default: return nil
        }
    }
}
