import TensorCore

/// Samples that are the rows of an array of numbers of any type.
struct NumberSource: SampleSource {
    private let tensor: Tensor
    private let pipeline: SamplePipeline
    let labels: [Int]?
    private let isPlain: Bool

    /// The first axis of `tensor` counts the samples; `isPlain` says that nothing becomes of their numbers on the way.
    init(_ tensor: Tensor, pipeline: SamplePipeline, labels: [Int]?, isPlain: Bool = false) {
        precondition(tensor.shape.rank > 0 && tensor.count == tensor.shape[0] * pipeline.storedCount)
        self.tensor = tensor
        self.pipeline = pipeline
        self.labels = labels
        self.isPlain = isPlain
    }

    var count: Int { tensor.shape[0] }
    var wholeNumbers: ClosedRange<Int>? { isPlain ? tensor.wholeNumbers : nil }
    var shape: Shape { pipeline.shape }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        precondition(samples.lowerBound >= 0 && samples.upperBound <= count && buffer.count == samples.count * shape.count)
        guard let output = buffer.baseAddress else { return [] }
        let stored = pipeline.storedCount
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(stored, 1)) { row in
            guard let numbers = row.baseAddress else { return }
            for sample in samples {
                tensor.readNumbers(sample * stored..<(sample + 1) * stored, into: numbers)
                pipeline.write(UnsafePointer(numbers), to: output + (sample - samples.lowerBound) * shape.count)
            }
        }
        return []
    }
}

extension Tensor {
    /// Writes elements of any type but the 8-bit floating-point ones as float32; there is room for `range.count`.
    func readNumbers(_ range: Range<Int>, into output: UnsafeMutablePointer<Float>) {
        if elementType.isReadableAsFloat {
            forEachChunk(in: range) { offset, chunk in
                guard let source = chunk.baseAddress else { return }
                (output + (offset - range.lowerBound)).initialize(from: source, count: chunk.count)
            }
            return
        }
        switch elementType {
        case .uint8: readIntegers(range, as: UInt8.self, into: output)
        case .uint16: readIntegers(range, as: UInt16.self, into: output)
        case .uint32: readIntegers(range, as: UInt32.self, into: output)
        case .uint64: readIntegers(range, as: UInt64.self, into: output)
        case .int8: readIntegers(range, as: Int8.self, into: output)
        case .int16: readIntegers(range, as: Int16.self, into: output)
        case .int32: readIntegers(range, as: Int32.self, into: output)
        case .int64: readIntegers(range, as: Int64.self, into: output)
        case .boolean:
            readIntegers(range, as: UInt8.self, into: output)
            for index in 0..<range.count where output[index] != 0 { output[index] = 1 }
        default: preconditionFailure("\(elementType) does not occur in array files")
        }
    }

    private func readIntegers<Integer: FixedWidthInteger>(
        _ range: Range<Int>, as _: Integer.Type, into output: UnsafeMutablePointer<Float>
    ) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        storage.withUnsafeBytes { bytes in
            // Bounds: the storage holds `count` elements, and the range lies within them.
            for index in range {
                let value = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Integer>.size, as: Integer.self)
                (output + (index - range.lowerBound)).initialize(to: Float(value))
            }
        }
    }
}
