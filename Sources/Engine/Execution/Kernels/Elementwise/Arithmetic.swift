import CVectorMath
import Glibc
import NeuralNetwork

/// A function of two numbers of one type.
enum PairFunction: Sendable {
    case sum, difference, product, quotient, maximum, minimum, floorModulus, truncatedModulus

    /// How float32 is computed, where it is vectorised.
    var vectorised: pare_pair_function? {
        switch self {
        case .sum: pare_add_function
        case .difference: pare_subtract_function
        case .product: pare_multiply_function
        case .quotient: pare_divide_function
        case .maximum: pare_maximum_function
        case .minimum: pare_minimum_function
        case .floorModulus, .truncatedModulus: nil
        }
    }

    func scalar<Number: KernelNumber>(_ type: Number.Type) -> @Sendable (Number, Number) -> Number {
        switch self {
        case .sum: { Number.sum($0, $1) }
        case .difference: { Number.difference($0, $1) }
        case .product: { Number.product($0, $1) }
        case .quotient: { Number.quotient($0, $1) }
        case .maximum: { Number.maximum($0, $1) }
        case .minimum: { Number.minimum($0, $1) }
        case .floorModulus: { Number.floorModulus($0, $1) }
        case .truncatedModulus: { Number.truncatedModulus($0, $1) }
        }
    }
}

extension KernelLibrary {
    /// Functions of two or more numbers whose shapes broadcast.
    static let arithmetic: [String: Maker] = [
        "Add": pairwise(.sum), "Sub": pairwise(.difference), "Mul": pairwise(.product), "Div": pairwise(.quotient),
        "Max": pairwise(.maximum), "Min": pairwise(.minimum), "Sum": pairwise(.sum), "Mean": mean, "Mod": modulus,
        "PRelu": parametricRelu, "Pow": power,
    ]

    private static func pairwise(_ function: PairFunction) -> Maker {
        { context throws(KernelFault) in
            let output = try context.output()
            return Kernel(outputs: [output], run: try fold(function, context, output))
        }
    }

    /// The inputs combined from the left: the first two into the output, each other with what the output holds.
    private static func fold(
        _ function: PairFunction, _ context: KernelContext, _ output: ValueType
    ) throws(KernelFault) -> Kernel.Body {
        var loops: [StridedLoop] = []
        var left = try context.shape(0)
        for index in context.inputs.indices.dropFirst() {
            let right = try context.input(index).type
            guard right.elementType == output.elementType else {
                throw KernelFault("element types \(output.elementType) and \(right.elementType) do not combine")
            }
            loops.append(try StridedLoop(broadcasting: [left, right.shape], to: output.shape))
            left = output.shape
        }
        guard !loops.isEmpty else { return try copy(context).run }
        if output.elementType == .float32, let vectorised = function.vectorised {
            return { [loops] inputs, outputs, _ in
                let target = outputs[0].floatPointer
                for (index, loop) in loops.enumerated() {
                    let left = index == 0 ? inputs.floats(0) : UnsafePointer(target)
                    combine(vectorised, loop, left, inputs.floats(index + 1), target)
                }
            }
        }
        return try output.elementType.numbers(Fold(function: function, loops: loops))
    }

    private struct Fold: NumberGeneric {
        var function: PairFunction
        var loops: [StridedLoop]

        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            let function = function.scalar(type)
            return { [loops] inputs, outputs, _ in
                let target = outputs[0].bytes.assumingMemoryBound(to: type)
                for (index, loop) in loops.enumerated() {
                    let left =
                        index == 0
                        ? inputs.given(0).bytes.assumingMemoryBound(to: type) : UnsafePointer(target)
                    let right = inputs.given(index + 1).bytes.assumingMemoryBound(to: type)
                    let strides = loop.runStrides
                    loop.forEachRun { place, offsets in
                        for step in 0..<loop.runCount {
                            target[place + step] = function(
                                left[offsets[0] + step * strides[0]], right[offsets[1] + step * strides[1]])
                        }
                    }
                }
            }
        }
    }

    /// target = function(left, right), run by run; both operands' strides in a run are 0 or 1.
    static func combine(
        _ function: pare_pair_function, _ loop: StridedLoop, _ left: UnsafePointer<Float>,
        _ right: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
    ) {
        loop.forEachRun { place, offsets in
            pare_zip(
                function, left + offsets[0], loop.runStrides[0], right + offsets[1], loop.runStrides[1], target + place,
                loop.runCount)
        }
    }

    private static let mean: Maker = { context throws(KernelFault) in
        let output = try context.output()
        _ = try context.floatShape(0)
        let sum = try fold(.sum, context, output)
        let scale = 1 / Float(context.inputs.count)
        return Kernel(outputs: [output]) { inputs, outputs, scratch in
            sum(inputs, outputs, scratch)
            let target = outputs[0].floatPointer
            pare_map(pare_affine_function, target, target, outputs[0].shape.count, scale, 0)
        }
    }

    private static let modulus: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let function: PairFunction = context.flag("fmod") ? .truncatedModulus : .floorModulus
        return Kernel(outputs: [output], run: try fold(function, context, output))
    }

    private static let parametricRelu: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        let slope = try context.floatShape(1)
        let loop = try StridedLoop(broadcasting: [output.shape, slope], to: output.shape)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            combine(pare_prelu_function, loop, inputs.floats(0), inputs.floats(1), outputs[0].floatPointer)
        }
    }
}
