import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Functions of the bits of integers.
    static let bitwise: [String: Maker] = [
        "BitwiseAnd": pairwiseBits(.and), "BitwiseOr": pairwiseBits(.or), "BitwiseXor": pairwiseBits(.exclusiveOr),
        "BitwiseNot": complement, "BitShift": shift, "BitCast": reinterpret,
    ]

    private enum BitFunction: Sendable { case and, or, exclusiveOr, shiftLeft, shiftRight }

    private static func pairwiseBits(_ function: BitFunction) -> Maker {
        { context throws(KernelFault) in try bits(function, context) }
    }

    private static let shift: Maker = { context throws(KernelFault) in
        switch context.text("direction", default: "") {
        case "LEFT": return try bits(.shiftLeft, context)
        case "RIGHT": return try bits(.shiftRight, context)
        case let other: throw KernelFault("direction \"\(other)\" is not supported")
        }
    }

    private static func bits(_ function: BitFunction, _ context: KernelContext) throws(KernelFault) -> Kernel {
        let output = try context.output()
        guard try context.elementType(1) == output.elementType else { throw KernelFault("its element types do not combine") }
        let loop = try StridedLoop(broadcasting: [try context.shape(0), try context.shape(1)], to: output.shape)
        return Kernel(outputs: [output], run: try output.elementType.integers(Bits(function: function, loop: loop)))
    }

    private struct Bits: IntegerGeneric {
        var function: BitFunction
        var loop: StridedLoop

        func make<Number: KernelInteger>(_ type: Number.Type) -> Kernel.Body {
            let apply: @Sendable (Number, Number) -> Number =
                switch function {
                case .and: { $0 & $1 }
                case .or: { $0 | $1 }
                case .exclusiveOr: { $0 ^ $1 }
                // By a negative number of bits, as by too many, only the sign is left.
                case .shiftLeft: { $1 < 0 ? 0 : $0 << $1 }
                case .shiftRight: { $1 < 0 ? ($0 < 0 ? ~0 : 0) : $0 >> $1 }
                }
            return { [loop] inputs, outputs, _ in
                let left = inputs.given(0).bytes.assumingMemoryBound(to: type)
                let right = inputs.given(1).bytes.assumingMemoryBound(to: type)
                let target = outputs[0].bytes.assumingMemoryBound(to: type)
                loop.forEachRun { place, offsets in
                    for step in 0..<loop.runCount {
                        target[place + step] = apply(
                            left[offsets[0] + step * loop.runStrides[0]], right[offsets[1] + step * loop.runStrides[1]])
                    }
                }
            }
        }
    }

    private static let complement: Maker = { context throws(KernelFault) in
        struct Complement: IntegerGeneric {
            func make<Number: KernelInteger>(_ type: Number.Type) -> Kernel.Body {
                { inputs, outputs, _ in
                    let source = inputs.given(0).elements(as: type)
                    let target = outputs[0].elements(as: type)
                    for index in source.indices { target[index] = ~source[index] }
                }
            }
        }
        let output = try context.output()
        return Kernel(outputs: [output], run: try output.elementType.integers(Complement()))
    }

    /// The same bytes as elements of another type of their size.
    private static let reinterpret: Maker = { context throws(KernelFault) in
        guard let number = context.integer("to"), let type = ElementType(onnxNumber: number), type.runtime == type else {
            throw KernelFault("the data type to read as is missing or not supported")
        }
        let source = try context.input(0)
        guard source.declared == nil, source.type.elementType.byteCount == type.byteCount else {
            throw KernelFault("elements of \(source.declared ?? source.type.elementType) are not read as \(type)")
        }
        let output = ValueType(elementType: type, shape: try context.outputShape())
        let byteCount = output.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
        }
    }
}
