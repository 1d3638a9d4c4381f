import CVectorMath
import NeuralNetwork

extension KernelLibrary {
    /// Comparisons, Boolean functions, and the choice between two values.
    static let logic: [String: Maker] = [
        "Equal": comparison(.equal), "Greater": comparison(.greater), "GreaterOrEqual": comparison(.greaterOrEqual),
        "Less": comparison(.less), "LessOrEqual": comparison(.lessOrEqual),
        "And": boolean { $0 & $1 }, "Or": boolean { $0 | $1 }, "Xor": boolean { $0 ^ $1 },
        "Not": negation, "Where": choice,
    ]

    private enum Comparison: Sendable {
        case equal, greater, greaterOrEqual, less, lessOrEqual

        /// How float32 is compared.
        var vectorised: pare_comparison {
            switch self {
            case .equal: pare_equal_comparison
            case .greater: pare_greater_comparison
            case .greaterOrEqual: pare_greater_or_equal_comparison
            case .less: pare_less_comparison
            case .lessOrEqual: pare_less_or_equal_comparison
            }
        }

        @inline(__always)
        func holds<Number: Comparable>(_ left: Number, _ right: Number) -> Bool {
            switch self {
            case .equal: left == right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            case .less: left < right
            case .lessOrEqual: left <= right
            }
        }
    }

    private static func comparison(_ comparison: Comparison) -> Maker {
        { context throws(KernelFault) in
            let type = try context.elementType(0)
            guard try context.elementType(1) == type else {
                throw KernelFault("element types \(type) and \(try context.elementType(1)) do not compare")
            }
            let output = ValueType(elementType: .boolean, shape: try context.outputShape())
            let loop = try StridedLoop(
                broadcasting: [try context.shape(0), try context.shape(1)], to: output.shape)
            guard type == .float32 else {
                return Kernel(outputs: [output], run: try type.numbers(Compare(comparison: comparison, loop: loop)))
            }
            let vectorised = comparison.vectorised
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                let (left, right) = (inputs.floats(0), inputs.floats(1))
                let target = outputs[0].bytes.assumingMemoryBound(to: UInt8.self)
                loop.forEachRun { place, offsets in
                    pare_compare(
                        vectorised, left + offsets[0], loop.runStrides[0], right + offsets[1], loop.runStrides[1],
                        target + place, loop.runCount)
                }
            }
        }
    }

    private struct Compare: NumberGeneric {
        var comparison: Comparison
        var loop: StridedLoop

        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            { [comparison, loop] inputs, outputs, _ in
                let left = inputs.given(0).bytes.assumingMemoryBound(to: type)
                let right = inputs.given(1).bytes.assumingMemoryBound(to: type)
                let target = outputs[0].bytes.assumingMemoryBound(to: UInt8.self)
                loop.forEachRun { place, offsets in
                    for step in 0..<loop.runCount {
                        let holds = comparison.holds(
                            left[offsets[0] + step * loop.runStrides[0]], right[offsets[1] + step * loop.runStrides[1]])
                        target[place + step] = holds ? 1 : 0
                    }
                }
            }
        }
    }

    private static func boolean(_ function: @escaping @Sendable (UInt8, UInt8) -> UInt8) -> Maker {
        { context throws(KernelFault) in
            for index in 0...1 { try requireBoolean(context, index) }
            let output = ValueType(elementType: .boolean, shape: try context.outputShape())
            let loop = try StridedLoop(
                broadcasting: [try context.shape(0), try context.shape(1)], to: output.shape)
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                let left = inputs.given(0).bytes.assumingMemoryBound(to: UInt8.self)
                let right = inputs.given(1).bytes.assumingMemoryBound(to: UInt8.self)
                let target = outputs[0].bytes.assumingMemoryBound(to: UInt8.self)
                loop.forEachRun { place, offsets in
                    for step in 0..<loop.runCount {
                        target[place + step] = function(
                            left[offsets[0] + step * loop.runStrides[0]], right[offsets[1] + step * loop.runStrides[1]])
                    }
                }
            }
        }
    }

    private static func requireBoolean(_ context: KernelContext, _ index: Int) throws(KernelFault) {
        let type = try context.elementType(index)
        guard type == .boolean else { throw KernelFault("input \(index) is of \(type), not boolean") }
    }

    private static let negation: Maker = { context throws(KernelFault) in
        try requireBoolean(context, 0)
        let output = try context.output()
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let source = inputs.given(0).elements(as: UInt8.self)
            let target = outputs[0].elements(as: UInt8.self)
            for index in source.indices { target[index] = source[index] == 0 ? 1 : 0 }
        }
    }

    private static let choice: Maker = { context throws(KernelFault) in
        try requireBoolean(context, 0)
        let type = try context.elementType(1)
        guard try context.elementType(2) == type else {
            throw KernelFault("element types \(type) and \(try context.elementType(2)) differ")
        }
        let output = ValueType(elementType: type, shape: try context.outputShape())
        let loop = try StridedLoop(
            broadcasting: [try context.shape(0), try context.shape(1), try context.shape(2)], to: output.shape)
        let size = type.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let condition = inputs.given(0).bytes.assumingMemoryBound(to: UInt8.self)
            let (first, second) = (inputs.given(1).bytes, inputs.given(2).bytes)
            let strides = loop.runStrides
            loop.forEachRun { place, offsets in
                pare_select(
                    condition + offsets[0], strides[0], first + offsets[1] * size, strides[1], second + offsets[2] * size,
                    strides[2], outputs[0].bytes + place * size, loop.runCount, size)
            }
        }
    }
}
