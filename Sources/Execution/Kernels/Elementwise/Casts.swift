import TensorCore

extension ElementType {
    /// The type ONNX's `TensorProto.DataType` numbers; nil for strings, complex and packed types.
    init?(onnxNumber number: Int) {
        let types: [Int: ElementType] = [
            1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .boolean, 10: .float16,
            11: .float64, 12: .uint32, 13: .uint64, 16: .bfloat16, 17: .float8e4m3, 19: .float8e5m2,
        ]
        guard let type = types[number] else { return nil }
        self = type
    }
}

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
        try cast(context, to: try context.elementType(1))
    }

    /// Elements converted at a time, through float64 or int64.
    private static let chunkCount = 512

    private static func cast(_ context: KernelContext, to type: ElementType) throws(KernelFault) -> Kernel {
        let source = try context.elementType(0)
        let output = ValueType(elementType: type, shape: try context.outputShape())
        if source == type {
            let byteCount = output.byteCount
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
            }
        }
        let count = output.shape.count
        if source.isFloatingPoint || (source == .uint64 && type.isFloatingPoint) {
            let read = try source.reader()
            let write = try type.realWriter()
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
        let write = try type.integerWriter()
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
        default: try numbers(RealReader())
        }
    }

    /// Writes a range of elements from float64.
    fileprivate func realWriter() throws(KernelFault) -> Writer<Double> {
        switch self {
        case .float16:
            { buffer, target, range in
                let target = target.assumingMemoryBound(to: UInt16.self)
                for index in range { target[index] = Float(buffer[index - range.lowerBound]).halfPrecisionPattern }
            }
        case .bfloat16:
            { buffer, target, range in
                let target = target.assumingMemoryBound(to: UInt16.self)
                for index in range { target[index] = Float(buffer[index - range.lowerBound]).brainPattern }
            }
        case .boolean:
            { buffer, target, range in
                let target = target.assumingMemoryBound(to: UInt8.self)
                for index in range { target[index] = buffer[index - range.lowerBound] == 0 ? 0 : 1 }
            }
        default: try numbers(RealWriter())
        }
    }

    /// Writes a range of elements from int64.
    fileprivate func integerWriter() throws(KernelFault) -> Writer<Int64> {
        switch self {
        case .float16:
            { buffer, target, range in
                let target = target.assumingMemoryBound(to: UInt16.self)
                for index in range { target[index] = Float(buffer[index - range.lowerBound]).halfPrecisionPattern }
            }
        case .bfloat16:
            { buffer, target, range in
                let target = target.assumingMemoryBound(to: UInt16.self)
                for index in range { target[index] = Float(buffer[index - range.lowerBound]).brainPattern }
            }
        case .boolean:
            { buffer, target, range in
                let target = target.assumingMemoryBound(to: UInt8.self)
                for index in range { target[index] = buffer[index - range.lowerBound] == 0 ? 0 : 1 }
            }
        default: try numbers(IntegerWriter())
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

extension Float {
    /// The nearest IEEE 754 binary16 pattern, ties to even.
    var halfPrecisionPattern: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = bitPattern & 0x7fff_ffff
        if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
        if magnitude >= 0x4780_0000 { return sign | 0x7c00 }  // 65,536 and more
        if magnitude < 0x3880_0000 {  // below 2⁻¹⁴: a multiple of 2⁻²⁴
            let scaled = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
            return sign | UInt16(scaled)
        }
        let rounded = magnitude &+ 0xfff &+ (magnitude >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) >> 13)
    }

    /// The nearest bfloat16 pattern, ties to even.
    var brainPattern: UInt16 {
        if isNaN { return 0x7fc0 }
        return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7fff &+ (bitPattern >> 16 & 1)) >> 16)
    }
}
