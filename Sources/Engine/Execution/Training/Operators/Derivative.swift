import COneDNN
import Glibc
import NeuralNetwork

/// A function of one number whose backward operation oneDNN has, read off its result (Gelu: its argument).
struct Slope {
    var function: pare_slope
    var alpha: Float = 0

    var readsArgument: Bool { function == pare_slope_gelu_erf }

    init?(_ node: TracedNode) {
        switch node.node.operation {
        case "Relu": function = pare_slope_relu
        case "LeakyRelu": (function, alpha) = (pare_slope_relu, node.node.float("alpha") ?? 0.01)
        case "Elu": (function, alpha) = (pare_slope_elu, node.node.float("alpha") ?? 1)
        case "Sigmoid": function = pare_slope_logistic
        case "Tanh": function = pare_slope_tanh
        case "Exp": function = pare_slope_exp
        case "Gelu":
            guard node.node.text("approximate") ?? "none" == "none" else { return nil }
            function = pare_slope_gelu_erf
        default: return nil
        }
        // The result tells the argument's sign only then.
        if alpha < 0 { return nil }
    }
}

/// The derivative of a function of one number, from its argument and its result.
struct Derivative: Sendable {
    typealias Function = @Sendable (_ x: Float, _ y: Float) -> Float

    let function: Function

    static func of(_ node: TracedNode, in trace: Trace) -> Derivative? {
        func number(_ name: String, _ value: Float) -> Float { node.node.float(name) ?? value }
        let function: Function
        switch node.node.operation {
        case "Sqrt": function = { _, y in 0.5 / y }
        case "Log": function = { x, _ in 1 / x }
        case "Neg": function = { _, _ in -1 }
        case "Reciprocal": function = { _, y in -y * y }
        case "Abs": function = { x, _ in x > 0 ? 1 : x < 0 ? -1 : 0 }
        case "Sin": function = { x, _ in cos(x) }
        case "Cos": function = { x, _ in -sin(x) }
        case "Tan": function = { _, y in 1 + y * y }
        case "Asin": function = { x, _ in 1 / (1 - x * x).squareRoot() }
        case "Acos": function = { x, _ in -1 / (1 - x * x).squareRoot() }
        case "Atan": function = { x, _ in 1 / (1 + x * x) }
        case "Sinh": function = { x, _ in cosh(x) }
        case "Cosh": function = { x, _ in sinh(x) }
        case "Asinh": function = { x, _ in 1 / (x * x + 1).squareRoot() }
        case "Acosh": function = { x, _ in 1 / (x * x - 1).squareRoot() }
        case "Atanh": function = { x, _ in 1 / (1 - x * x) }
        case "Shrink":
            let a = number("lambd", 0.5)
            function = { x, _ in abs(x) > a ? 1 : 0 }
        case "Erf": function = { x, _ in 2 / Float.pi.squareRoot() * exp(-x * x) }
        case "Softplus": function = { x, _ in sigmoid(x) }
        case "Softsign": function = { x, _ in 1 / ((1 + abs(x)) * (1 + abs(x))) }
        case "LeakyRelu":
            let a = number("alpha", 0.01)
            function = { x, _ in x > 0 ? 1 : a }
        case "ThresholdedRelu":
            let a = number("alpha", 1)
            function = { x, _ in x > a ? 1 : 0 }
        case "HardSigmoid":
            let (a, b) = (number("alpha", 0.2), number("beta", 0.5))
            function = { x, _ in a * x + b > 0 && a * x + b < 1 ? a : 0 }
        case "HardSwish": function = { x, _ in x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5 }
        case "Selu":
            let (a, b) = (number("alpha", 1.673_263_2), number("gamma", 1.050_701))
            function = { x, y in x > 0 ? b : y + b * a }
        case "Celu":
            let a = number("alpha", 1)
            function = { x, _ in x > 0 ? 1 : exp(x / a) }
        case "Swish":
            let a = number("alpha", 1)
            function = { x, _ in
                let s = sigmoid(a * x)
                return s + a * x * s * (1 - s)
            }
        case "Mish":
            function = { x, _ in
                let t = tanh(max(x, 0) + log1p(exp(-abs(x))))
                return t + x * (1 - t * t) * sigmoid(x)
            }
        case "Gelu":
            let root = (2 / Float.pi).squareRoot()
            function = { x, _ in
                let t = tanh(root * (x + 0.044715 * x * x * x))
                return (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x)
            }
        case "Clip":
            guard let clip = Pointwise.functions(of: node, in: trace)?.first else { return nil }
            function = { x, _ in x >= clip.alpha && x <= clip.beta ? 1 : 0 }
        default: return nil
        }
        return Derivative(function: function)
    }

    private static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}

extension TrainingLowering {
    mutating func lowerSlope(_ node: TracedNode, _ slope: Slope) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let source = node.inputs[0], let layout = layout(of: source) else { throw refusal(node, "it has too many axes") }
        func operation(backward: Bool) -> Operation? {
            Operation(owning: pare_eltwise_training(backward, layout.pointer, slope.function, slope.alpha))
        }
        guard let forward = operation(backward: false), let backward = operation(backward: true) else {
            throw refusal(node, "oneDNN has no implementation for it")
        }
        let input = try argument(source, in: layout)
        let result = place(byteCount: layout.byteCount)
        emit(forward, [(.source, input), (.destination, result)])
        hold(output, result, layout: layout)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output, in: layout) else { return }
            let target = builder.place(byteCount: layout.byteCount)
            builder.emit(
                backward,
                [
                    slope.readsArgument ? (.source, input) : (.destination, result), (.destinationGradient, gradient),
                    (.sourceGradient, target),
                ])
            builder.contribute(source, target, layout: layout)
        }
    }

    /// A function of one number with a derivative of Pare's own; in the source's layout where oneDNN has the function.
    mutating func lowerUnary(_ node: TracedNode, _ derivative: Derivative) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let source = node.inputs[0] else { throw refusal(node, "it has no input") }
        var layout = Layout.rowMajor(dimensions(source))
        if let functions = Pointwise.functions(of: node, in: trace), functions.count == 1, let own = self.layout(of: source),
            let operation = Operation(
                owning: pare_eltwise(own.pointer, functions[0].function, functions[0].alpha, functions[0].beta))
        {
            layout = own
            let result = place(byteCount: own.byteCount)
            emit(operation, [(.source, try argument(source, in: own)), (.destination, result)])
            hold(output, result, layout: own)
        } else {
            try emitKernel(node)
        }
        guard let layout else { throw refusal(node, "it has too many axes") }
        let (x, y) = (try argument(source, in: layout), try argument(output, in: layout))
        let (count, threads) = (layout.byteCount / 4, threads)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output, in: layout) else { return }
            let target = builder.place(byteCount: layout.byteCount)
            builder.routine([x, y, gradient, target]) { memory in
                inParallelRanges(threads, count, leastCount: 1 << 10) { range in
                    let (x, y, dy, dx) = (memory[0], memory[1], memory[2], memory[3])
                    for index in range { dx[index] = dy[index] * derivative.function(x[index], y[index]) }
                }
            }
            builder.contribute(source, target, layout: layout)
        }
    }
}
