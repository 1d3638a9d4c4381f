import TensorCore

/// Samples on their way into one of a network's inputs.
public struct SampleFeed: Sendable {
    /// The input's name.
    public let input: String
    public let source: any SampleSource
    /// The axis of the input along which samples lie.
    public let batchAxis: Int

    public init(input: String, source: any SampleSource, batchAxis: Int = 0) {
        self.input = input
        self.source = source
        self.batchAxis = batchAxis
    }

    /// Writes samples to the first places of a batch; places behind the last repeat them, so that every place holds one.
    ///
    /// `bytes` is the memory of an input of `shape`. Returns the places whose sample could not be read.
    public func write(
        _ samples: some Collection<Int>, into bytes: UnsafeMutableRawBufferPointer, shape: Shape, elementType: ElementType, batch: Int
    ) -> Set<Int> {
        let size = source.shape.count
        guard let axis = SampleAxis(shape, axis: batchAxis, samples: batch), axis.sampleCount == size,
            bytes.count == shape.count * elementType.byteCount, !samples.isEmpty
        else { preconditionFailure("samples of \(source.shape) do not fit an input of \(shape)") }
        var failed: Set<Int> = []
        if elementType == .float32, axis.outer == 1 {
            let numbers = bytes.assumingMemoryBound(to: Float.self)
            for (place, sample) in samples.prefix(batch).enumerated() {
                let part = UnsafeMutableBufferPointer(rebasing: numbers[place * size..<(place + 1) * size])
                if !source.read(sample..<sample + 1, into: part).isEmpty { failed.insert(place) }
            }
        } else {
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, size)) { work in
                let work = UnsafeMutableBufferPointer(rebasing: work[..<size])
                for (place, sample) in samples.prefix(batch).enumerated() {
                    if !source.read(sample..<sample + 1, into: work).isEmpty { failed.insert(place) }
                    var position = 0
                    for piece in axis.pieces(of: place) {
                        for index in piece {
                            bytes.store(work[position], at: index, as: elementType)
                            position += 1
                        }
                    }
                }
            }
        }
        repeatPlaces(samples.count, axis, elementType.byteCount, bytes)
        return failed
    }

    private func repeatPlaces(_ count: Int, _ axis: SampleAxis, _ width: Int, _ bytes: UnsafeMutableRawBufferPointer) {
        guard count < axis.samples else { return }
        for place in count..<axis.samples {
            for (from, to) in zip(axis.pieces(of: place % count), axis.pieces(of: place)) {
                UnsafeMutableRawBufferPointer(rebasing: bytes[to.lowerBound * width..<to.upperBound * width])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[from.lowerBound * width..<from.upperBound * width]))
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes a number as an element of a type that inputs have.
    fileprivate func store(_ value: Float, at index: Int, as type: ElementType) {
        switch type {
        case .float32: storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        case .int64, .uint64: storeBytes(of: Int64(exactly: value.rounded()) ?? 0, toByteOffset: index * 8, as: Int64.self)
        case .int32: storeBytes(of: Int32(exactly: value.rounded()) ?? 0, toByteOffset: index * 4, as: Int32.self)
        case .uint32: storeBytes(of: UInt32(exactly: value.rounded()) ?? 0, toByteOffset: index * 4, as: UInt32.self)
        case .int16: storeBytes(of: Int16(exactly: value.rounded()) ?? 0, toByteOffset: index * 2, as: Int16.self)
        case .uint16: storeBytes(of: UInt16(exactly: value.rounded()) ?? 0, toByteOffset: index * 2, as: UInt16.self)
        case .int8: storeBytes(of: Int8(exactly: value.rounded()) ?? 0, toByteOffset: index, as: Int8.self)
        case .uint8: storeBytes(of: UInt8(exactly: value.rounded()) ?? 0, toByteOffset: index, as: UInt8.self)
        case .boolean: storeBytes(of: value != 0 ? 1 : 0, toByteOffset: index, as: UInt8.self)
        default: preconditionFailure("inputs of \(type) take no samples")
        }
    }
}
