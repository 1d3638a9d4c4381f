import TensorCore

extension KernelLibrary {
    static let casts: [String: Maker] = ["Cast": cast, "CastLike": castLike]

    private static let cast: Maker = { context throws(KernelFault) in
        guard let number = context.integer("to") else { throw KernelFault("to is missing") }
        guard let type = ElementType(onnxNumber: number) else {
            throw KernelFault("a cast to data type \(number) is not supported")
        }
        return try cast(context, to: type)
    }

    private static let castLike: Maker = { context throws(KernelFault) in
        let like = try context.input(1)
        return try cast(context, to: like.declared ?? like.type.elementType)
    }

    /// Elements converted at a time, through float64 or int64.
    private static let chunkCount = 512

    private static func cast(_ context: KernelContext, to type: ElementType) throws(KernelFault) -> Kernel {
        let source = try context.elementType(0)
        let output = ValueType(elementType: type.runtime, shape: try context.outputShape())
        if source == output.elementType {
            if let rounding = type.rounding {
                return Kernel(outputs: [output]) { inputs, outputs, _ in
                    let source = inputs.given(0).floats
                    let target = outputs[0].floats
                    for index in source.indices { target[index] = rounding(source[index]) }
                }
            }
            let byteCount = output.byteCount
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
            }
        }
        let count = output.shape.count
        let saturates = context.flag("saturate", default: true)
        if source.isFloatingPoint || (source == .uint64 && type.isFloatingPoint) {
            let read = try source.reader()
            let write = try type.realWriter(saturates: saturates)
            return Kernel(outputs: [output], scratchByteCount: chunkCount * 8) { inputs, outputs, scratch in
                let buffer = scratch.assumingMemoryBound(to: Double.self)
                for start in stride(from: 0, to: count, by: chunkCount) {
                    let range = start..<min(start + chunkCount, count)
                    read(inputs.given(0).bytes, range, buffer)
                    write(buffer, outputs[0].bytes, range)
                }
            }
        }
        let read = try source.numbers(IntegerReader())
        let write = try type.integerWriter(saturates: saturates)
        return Kernel(outputs: [output], scratchByteCount: chunkCount * 8) { inputs, outputs, scratch in
            let buffer = scratch.assumingMemoryBound(to: Int64.self)
            for start in stride(from: 0, to: count, by: chunkCount) {
                let range = start..<min(start + chunkCount, count)
                read(inputs.given(0).bytes, range, buffer)
                write(buffer, outputs[0].bytes, range)
            }
        }
    }
}

private typealias Reader<Number> = @Sendable (UnsafeRawPointer, Range<Int>, UnsafeMutablePointer<Number>) -> Void
private typealias Writer<Number> = @Sendable (UnsafePointer<Number>, UnsafeMutableRawPointer, Range<Int>) -> Void

extension ElementType {
    /// Reads a range of elements as float64.
    fileprivate func reader() throws(KernelFault) -> Reader<Double> {
        switch self {
        case .float16:
            { source, range, buffer in
                let source = source.assumingMemoryBound(to: UInt16.self)
                for index in range { buffer[index - range.lowerBound] = Double(Float(halfPrecisionPattern: source[index])) }
            }
        case .bfloat16:
            { source, range, buffer in
                let source = source.assumingMemoryBound(to: UInt16.self)
                for index in range {
                    buffer[index - range.lowerBound] = Double(Float(bitPattern: UInt32(source[index]) << 16))
                }
            }
        case .float8e4m3, .float8e5m2:
            { [format = self == .float8e4m3 ? ShortFloat.e4m3 : .e5m2] source, range, buffer in
                let source = source.assumingMemoryBound(to: UInt8.self)
                for index in range { buffer[index - range.lowerBound] = Double(format.number(source[index])) }
            }
        default: try numbers(RealReader())
        }
    }

    /// Writes a range of elements from float64, as the network is run with them.
    fileprivate func realWriter(saturates: Bool) throws(KernelFault) -> Writer<Double> {
        if let writer = shortWriter(saturates: saturates, { (number: Double) in Float(number) }) { return writer }
        guard self == .boolean else { return try numbers(RealWriter()) }
        return { buffer, target, range in
            let target = target.assumingMemoryBound(to: UInt8.self)
            for index in range { target[index] = buffer[index - range.lowerBound] == 0 ? 0 : 1 }
        }
    }

    /// Writes a range of elements from int64, as the network is run with them.
    fileprivate func integerWriter(saturates: Bool) throws(KernelFault) -> Writer<Int64> {
        if let writer = shortWriter(saturates: saturates, { (number: Int64) in Float(number) }) { return writer }
        guard self == .boolean else { return try numbers(IntegerWriter()) }
        return { buffer, target, range in
            let target = target.assumingMemoryBound(to: UInt8.self)
            for index in range { target[index] = buffer[index - range.lowerBound] == 0 ? 0 : 1 }
        }
    }

    /// Writes floating-point types shorter than float32: those of 16 bits rounded, but as float32; nil for other types.
    private func shortWriter<Number>(
        saturates: Bool, _ float: @escaping @Sendable (Number) -> Float
    ) -> Writer<Number>? {
        if let rounding {
            return { buffer, target, range in
                let target = target.assumingMemoryBound(to: Float.self)
                for index in range { target[index] = rounding(float(buffer[index - range.lowerBound])) }
            }
        }
        guard self == .float8e4m3 || self == .float8e5m2 else { return nil }
        let format = self == .float8e4m3 ? ShortFloat.e4m3 : .e5m2
        return { buffer, target, range in
            let target = target.assumingMemoryBound(to: UInt8.self)
            for index in range {
                target[index] = format.pattern(float(buffer[index - range.lowerBound]), saturates: saturates)
            }
        }
    }
}

private struct RealReader: NumberGeneric {
    func make<Number: KernelNumber>(_ type: Number.Type) -> Reader<Double> {
        { source, range, buffer in
            let source = source.assumingMemoryBound(to: type)
            for index in range { buffer[index - range.lowerBound] = source[index].number }
        }
    }
}

private struct RealWriter: NumberGeneric {
    func make<Number: KernelNumber>(_ type: Number.Type) -> Writer<Double> {
        { buffer, target, range in
            let target = target.assumingMemoryBound(to: type)
            for index in range { target[index] = Number(number: buffer[index - range.lowerBound]) }
        }
    }
}

private struct IntegerReader: NumberGeneric {
    func make<Number: KernelNumber>(_ type: Number.Type) -> Reader<Int64> {
        { source, range, buffer in
            let source = source.assumingMemoryBound(to: type)
            for index in range { buffer[index - range.lowerBound] = source[index].integer }
        }
    }
}

private struct IntegerWriter: NumberGeneric {
    func make<Number: KernelNumber>(_ type: Number.Type) -> Writer<Int64> {
        { buffer, target, range in
            let target = target.assumingMemoryBound(to: type)
            for index in range { target[index] = Number(integer: buffer[index - range.lowerBound]) }
        }
    }
}
