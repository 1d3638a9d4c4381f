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
        let saturates = context.flag("saturate", default: true)
        if source.isFloatingPoint || (source == .uint64 && type.isFloatingPoint) {
            return try convert(to: output, read: try source.reader(), write: try type.writer(saturates: saturates))
        }
        return try convert(to: output, read: try source.numbers(CastReader<Int64>()), write: try type.writer(saturates: saturates))
    }

    private static func convert<Carrier: CastCarrier>(
        to output: ValueType, read: @escaping Reader<Carrier>, write: @escaping Writer<Carrier>
    ) throws(KernelFault) -> Kernel {
        let count = output.shape.count
        return Kernel(outputs: [output], scratchByteCount: chunkCount * MemoryLayout<Carrier>.stride) { inputs, outputs, scratch in
            let buffer = scratch.assumingMemoryBound(to: Carrier.self)
            for start in stride(from: 0, to: count, by: chunkCount) {
                let range = start..<min(start + chunkCount, count)
                read(inputs.given(0).bytes, range, buffer)
                write(buffer, outputs[0].bytes, range)
            }
        }
    }
}

/// What an element is between the type it had and the one it gets: float64, or int64 where it has no fraction to lose.
private protocol CastCarrier: BitwiseCopyable, Sendable, Equatable, ExpressibleByIntegerLiteral {
    init(carrying number: some KernelNumber)
    func carried<Number: KernelNumber>(to type: Number.Type) -> Number
    var float: Float { get }
}

extension Double: CastCarrier {
    fileprivate init(carrying number: some KernelNumber) { self = number.number }
    fileprivate func carried<Number: KernelNumber>(to type: Number.Type) -> Number { Number(number: self) }
    fileprivate var float: Float { Float(self) }
}

extension Int64: CastCarrier {
    fileprivate init(carrying number: some KernelNumber) { self = number.integer }
    fileprivate func carried<Number: KernelNumber>(to type: Number.Type) -> Number { Number(integer: self) }
    fileprivate var float: Float { Float(self) }
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
        default: try numbers(CastReader<Double>())
        }
    }

    /// Writes a range of elements, as the network is run with them.
    fileprivate func writer<Carrier: CastCarrier>(saturates: Bool) throws(KernelFault) -> Writer<Carrier> {
        if let writer: Writer<Carrier> = shortWriter(saturates: saturates) { return writer }
        guard self == .boolean else { return try numbers(CastWriter<Carrier>()) }
        return { buffer, target, range in
            let target = target.assumingMemoryBound(to: UInt8.self)
            for index in range { target[index] = buffer[index - range.lowerBound] == 0 ? 0 : 1 }
        }
    }

    /// Writes floating-point types shorter than float32: those of 16 bits rounded, but as float32; nil for other types.
    private func shortWriter<Carrier: CastCarrier>(saturates: Bool) -> Writer<Carrier>? {
        if let rounding {
            return { buffer, target, range in
                let target = target.assumingMemoryBound(to: Float.self)
                for index in range { target[index] = rounding(buffer[index - range.lowerBound].float) }
            }
        }
        guard self == .float8e4m3 || self == .float8e5m2 else { return nil }
        let format = self == .float8e4m3 ? ShortFloat.e4m3 : .e5m2
        return { buffer, target, range in
            let target = target.assumingMemoryBound(to: UInt8.self)
            for index in range {
                target[index] = format.pattern(buffer[index - range.lowerBound].float, saturates: saturates)
            }
        }
    }
}

private struct CastReader<Carrier: CastCarrier>: NumberGeneric {
    func make<Number: KernelNumber>(_ type: Number.Type) -> Reader<Carrier> {
        { source, range, buffer in
            let source = source.assumingMemoryBound(to: type)
            for index in range { buffer[index - range.lowerBound] = Carrier(carrying: source[index]) }
        }
    }
}

private struct CastWriter<Carrier: CastCarrier>: NumberGeneric {
    func make<Number: KernelNumber>(_ type: Number.Type) -> Writer<Carrier> {
        { buffer, target, range in
            let target = target.assumingMemoryBound(to: type)
            for index in range { target[index] = buffer[index - range.lowerBound].carried(to: type) }
        }
    }
}
