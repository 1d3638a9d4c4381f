import CVectorMath
import Glibc

extension KernelLibrary {
    /// Functions of one number, one output element for each input element.
    static let activations: [String: Maker] = {
        var makers: [String: Maker] = [
            "LeakyRelu": parametric(pare_leaky_relu_function, a: ("alpha", 0.01)) { x, a, _ in x < 0 ? a * x : x },
            "Elu": elu, "Celu": celu,
            "Selu": parametric(
                pare_selu_function, a: ("alpha", 1.67326319217681884765625), b: ("gamma", 1.05070102214813232421875)
            ) { x, a, b in x > 0 ? b * x : b * a * expm1(x) },
            "HardSigmoid": parametric(pare_hard_sigmoid_function, a: ("alpha", 0.2), b: ("beta", 0.5)) { x, a, b in
                max(0, min(1, a * x + b))
            },
            "ThresholdedRelu": parametric(pare_thresholded_relu_function, a: ("alpha", 1)) { x, a, _ in x > a ? x : 0 },
            "Swish": parametric(pare_swish_function, a: ("alpha", 1)) { x, a, _ in x / (1 + exp(-a * x)) },
            "Gelu": gelu, "Shrink": shrink,
            "Identity": copy, "Dropout": dropout, "Clip": clip, "IsNaN": isNaN, "IsInf": isInfinite,
        ]
        for (name, function, scalar) in plainFunctions {
            makers[name] = plain(function, scalar)
        }
        return makers
    }()

    /// Functions without parameters: how float32 is computed, and other types.
    private static let plainFunctions: [(String, pare_function?, @Sendable (Double) -> Double)] = [
        ("Relu", pare_relu_function, { $0 < 0 ? 0 : $0 }), ("Sigmoid", pare_sigmoid_function, { 1 / (1 + exp(-$0)) }),
        ("HardSwish", pare_hard_swish_function, { $0 * max(0, min(1, $0 / 6 + 0.5)) }),
        ("Tanh", pare_tanh_function, { tanh($0) }), ("Erf", pare_erf_function, { erf($0) }),
        ("Softplus", pare_softplus_function, { max($0, 0) + log1p(exp(-abs($0))) }),
        ("Softsign", pare_softsign_function, { $0 / (1 + abs($0)) }),
        ("Mish", pare_mish_function, { $0 * tanh(max($0, 0) + log1p(exp(-abs($0)))) }),
        ("Exp", pare_exp_function, { exp($0) }), ("Log", pare_log_function, { log($0) }),
        ("Sqrt", pare_sqrt_function, { $0.squareRoot() }), ("Reciprocal", pare_reciprocal_function, { 1 / $0 }),
        ("Abs", pare_abs_function, { abs($0) }), ("Neg", pare_neg_function, { -$0 }),
        ("Floor", pare_floor_function, { $0.rounded(.down) }), ("Ceil", pare_ceil_function, { $0.rounded(.up) }),
        ("Round", pare_round_function, { $0.rounded(.toNearestOrEven) }),
        ("Sign", pare_sign_function, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }),
        ("Sin", nil, { sin($0) }), ("Cos", nil, { cos($0) }), ("Tan", nil, { tan($0) }), ("Asin", nil, { asin($0) }),
        ("Acos", nil, { acos($0) }), ("Atan", nil, { atan($0) }), ("Sinh", nil, { sinh($0) }),
        ("Cosh", nil, { cosh($0) }), ("Asinh", nil, { asinh($0) }), ("Acosh", nil, { acosh($0) }),
        ("Atanh", nil, { atanh($0) }),
    ]

    private static func plain(_ function: pare_function?, _ scalar: @escaping @Sendable (Double) -> Double) -> Maker {
        { context throws(KernelFault) in try map(context, function) { x, _, _ in scalar(x) } }
    }

    private static let elu: Maker = { context throws(KernelFault) in
        try map(context, pare_elu_function, context.float("alpha", default: 1), 1) { x, a, _ in
            x < 0 ? a * expm1(x) : x
        }
    }

    private static let celu: Maker = { context throws(KernelFault) in
        let alpha = context.float("alpha", default: 1)
        return try map(context, pare_elu_function, alpha, alpha) { x, a, b in x < 0 ? a * expm1(x / b) : x }
    }

    private static let gelu: Maker = { context throws(KernelFault) in
        switch context.text("approximate", default: "none") {
        case "none": return try map(context, pare_gelu_function) { x, _, _ in x / 2 * erfc(-x * 0.5.squareRoot()) }
        case "tanh":
            return try map(context, pare_gelu_tanh_function) { x, _, _ in
                x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
            }
        case let other: throw KernelFault("approximate \"\(other)\" is not supported")
        }
    }

    private static let shrink: Maker = { context throws(KernelFault) in
        let bias = Double(context.float("bias", default: 0))
        let lambda = Double(context.float("lambd", default: 0.5))
        return try map(context, nil) { x, _, _ in x < -lambda ? x + bias : x > lambda ? x - bias : 0 }
    }

    private static func parametric(
        _ function: pare_function, a: (name: String, value: Float), b: (name: String, value: Float)? = nil,
        _ scalar: @escaping @Sendable (Double, Double, Double) -> Double
    ) -> Maker {
        { context throws(KernelFault) in
            try map(
                context, function, context.float(a.name, default: a.value),
                b.map { context.float($0.name, default: $0.value) } ?? 0, scalar)
        }
    }

    /// A function of one number: float32 by `function`, where there is one, anything else by `scalar`.
    static func map(
        _ context: KernelContext, _ function: pare_function?, _ a: Float = 0, _ b: Float = 0,
        _ scalar: @escaping @Sendable (Double, Double, Double) -> Double
    ) throws(KernelFault) -> Kernel {
        let output = try context.output()
        let count = output.shape.count
        if let function, output.elementType == .float32 {
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                pare_map(function, inputs.floats(0), outputs[0].floatPointer, count, a, b)
            }
        }
        let body = try output.elementType.numbers(ScalarMap { scalar($0, Double(a), Double(b)) })
        return Kernel(outputs: [output], run: body)
    }

    private struct ScalarMap: NumberGeneric {
        var function: @Sendable (Double) -> Double

        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            { [function] inputs, outputs, _ in
                let source = inputs.given(0).elements(as: type)
                let target = outputs[0].elements(as: type)
                for index in source.indices { target[index] = Number(number: function(source[index].number)) }
            }
        }
    }

    static let copy: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let byteCount = output.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
        }
    }

    /// As it is after training: nothing is dropped, and the mask, if wanted, is true everywhere.
    private static let dropout: Maker = { context throws(KernelFault) in
        if context.hasInput(2), try context.input(2).constant?.integers() != [0] {
            // Where nothing is to be dropped, training makes no difference.
            guard context.hasInput(1), try context.input(1).constant?.numbers() == [0] else {
                throw KernelFault("training_mode is not supported")
            }
        }
        let output = try context.output()
        var types = [output]
        if context.outputCount > 1 {
            // Before opset 10 the mask had the element type of the data.
            types.append(
                ValueType(elementType: context.operatorSet < 10 ? output.elementType : .boolean, shape: output.shape))
        }
        return Kernel(outputs: types) { inputs, outputs, _ in
            outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: output.byteCount)
            guard outputs.count > 1 else { return }
            if outputs[1].type.elementType == .float32 {
                outputs[1].floats.update(repeating: 1)
            } else {
                memset(outputs[1].bytes, 1, outputs[1].type.byteCount)
            }
        }
    }

    /// The bounds are attributes before opset 11 and inputs since.
    private static let clip: Maker = { context throws(KernelFault) in
        let output = try context.output()
        for index in 1...2 where context.hasInput(index) {
            let type = try context.input(index).type
            guard type.shape.count == 1, type.elementType == output.elementType else {
                throw KernelFault("input \(index) is \(type.shape) of \(type.elementType), not one bound")
            }
        }
        let bounds = ["min": context.float("min"), "max": context.float("max")]
        return Kernel(
            outputs: [output],
            run: try output.elementType.numbers(Clip(lower: bounds["min"] ?? nil, upper: bounds["max"] ?? nil)))
    }

    private struct Clip: NumberGeneric {
        var lower: Float?
        var upper: Float?

        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            let lower = lower.map { Number(number: Double($0)) } ?? Number.least
            let upper = upper.map { Number(number: Double($0)) } ?? Number.greatest
            return { inputs, outputs, _ in
                let lower = inputs.optional(1)?.elements(as: type)[0] ?? lower
                let upper = inputs.optional(2)?.elements(as: type)[0] ?? upper
                if let lower = lower as? Float, let upper = upper as? Float {
                    let output = outputs[0]
                    pare_map(
                        pare_clip_function, inputs.floats(0), output.floatPointer, output.shape.count, lower, upper)
                    return
                }
                let source = inputs.given(0).elements(as: type)
                let target = outputs[0].elements(as: type)
                for index in source.indices { target[index] = min(max(source[index], lower), upper) }
            }
        }
    }

    private static let isNaN: Maker = { context throws(KernelFault) in
        try test(context) { $0.isNaN }
    }

    private static let isInfinite: Maker = { context throws(KernelFault) in
        let negative = context.flag("detect_negative", default: true)
        let positive = context.flag("detect_positive", default: true)
        return try test(context) { $0.isInfinite && ($0 < 0 ? negative : positive) }
    }

    private static func test(
        _ context: KernelContext, _ predicate: @escaping @Sendable (Double) -> Bool
    ) throws(KernelFault) -> Kernel {
        struct Test: NumberGeneric {
            var predicate: @Sendable (Double) -> Bool
            func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
                { [predicate] inputs, outputs, _ in
                    let source = inputs.given(0).elements(as: type)
                    let target = outputs[0].elements(as: UInt8.self)
                    for index in source.indices { target[index] = predicate(source[index].number) ? 1 : 0 }
                }
            }
        }
        let body = try context.elementType(0).numbers(Test(predicate: predicate))
        return Kernel(outputs: [ValueType(elementType: .boolean, shape: try context.outputShape())], run: body)
    }
}
