/// A row-major array of numbers as a model file stores it, there to be read; little-endian, copied only where it must be converted.
public struct Tensor: Sendable {
    public let shape: Shape
    public let elementType: ElementType
    public let storage: TensorStorage

    /// Wraps stored bytes. The storage must hold exactly `shape.count` elements.
    public init(shape: Shape, elementType: ElementType, storage: TensorStorage) {
        precondition(
            storage.byteCount == shape.count * elementType.byteCount,
            "\(storage.byteCount) bytes cannot hold \(shape) of \(elementType)")
        self.shape = shape
        self.elementType = elementType
        self.storage = storage
    }

    /// Wraps numbers in memory. `values` must hold exactly `shape.count` elements.
    public init(_ values: [Float], shape: Shape) {
        self.init(
            shape: shape, elementType: .float32,
            storage: .owned(values.withUnsafeBytes { Array($0) }))
    }

    /// Number of elements.
    public var count: Int { shape.count }

    public var byteCount: Int { storage.byteCount }

    /// All elements as float32, in a new array.
    public func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            forEachChunk { offset, chunk in
                guard let destination = buffer.baseAddress, let source = chunk.baseAddress else { return }
                (destination + offset).initialize(from: source, count: chunk.count)
            }
            initializedCount = count
        }
    }
}

extension Tensor {
    /// Elements a converted chunk holds at most: 256 KiB of float32, which stays in a core's second-level cache.
    public static let chunkCount = 1 << 16

    /// Visits the elements of `range` as float32, in order, in chunks that lie straight in the storage where it holds
    /// aligned float32 and in a conversion buffer otherwise. `body` gets each chunk's first index.
    ///
    /// float64 rounds to the nearest float32; float16 and bfloat16 convert exactly. The element type must be
    /// readable as float.
    public func forEachChunk(
        in range: Range<Int>? = nil, _ body: (_ offset: Int, UnsafeBufferPointer<Float>) throws -> Void
    ) rethrows {
        let range = range ?? 0..<count
        precondition(elementType.isReadableAsFloat, "\(elementType) is not read as float32")
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range \(range) is outside of \(count) elements")
        guard !range.isEmpty else { return }
        let size = elementType.byteCount
        var passing = PassOver(storage, range.lowerBound * size..<range.upperBound * size)
        defer { passing.finish() }
        try storage.withUnsafeBytes { bytes in
            // Bounds: the storage holds `count` elements (checked on creation), and `range` lies within `0..<count`.
            let slice = UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound * size..<range.upperBound * size])
            guard let base = slice.baseAddress else { return }
            if elementType == .float32, UInt(bitPattern: base) % 4 == 0 {
                let floats = slice.assumingMemoryBound(to: Float.self)
                var start = 0
                while start < floats.count {
                    let end = min(start + Tensor.chunkCount, floats.count)
                    try body(range.lowerBound + start, UnsafeBufferPointer(rebasing: floats[start..<end]))
                    start = end
                    passing.reach(start * size)
                }
                return
            }
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: min(Tensor.chunkCount, range.count))
            defer { buffer.deallocate() }
            var start = 0
            while start < range.count {
                let end = min(start + Tensor.chunkCount, range.count)
                let part = UnsafeRawBufferPointer(rebasing: slice[start * size..<end * size])
                let chunk = UnsafeMutableBufferPointer(rebasing: buffer[0..<end - start])
                elementType.convert(part, to: chunk)
                try body(range.lowerBound + start, UnsafeBufferPointer(chunk))
                start = end
                passing.reach(start * size)
            }
        }
    }
}

extension ElementType {
    /// Converts stored elements to float32. `source` holds exactly `destination.count` elements, at any alignment.
    func convert(_ source: UnsafeRawBufferPointer, to destination: UnsafeMutableBufferPointer<Float>) {
        precondition(source.count == destination.count * byteCount)
        switch self {
        case .float32:
            UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
        case .float64:
            for index in destination.indices {
                destination[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
            }
        case .bfloat16:
            for index in destination.indices {
                let upper = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                destination[index] = Float(bitPattern: UInt32(upper) << 16)
            }
        case .float16:
            for index in destination.indices {
                let pattern = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                destination[index] = Float(halfPrecisionPattern: pattern)
            }
        default:
            preconditionFailure("\(self) is not read as float32")
        }
    }
}

extension Float {
    /// The number an IEEE 754 binary16 pattern stands for, exactly. (`Float16` is missing on x86-64 macOS, and on
    /// baseline x86-64 its conversion is a library call per element.)
    public init(halfPrecisionPattern pattern: UInt16) {
        let sign = UInt32(pattern & 0x8000) << 16
        let magnitude = UInt32(pattern & 0x7fff)
        if magnitude >= 0x7c00 {  // infinity and NaN
            self.init(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13)
        } else if magnitude >= 0x0400 {  // normal: rebias the exponent from 15 to 127
            self.init(bitPattern: sign | (magnitude << 13) &+ 0x3800_0000)
        } else {  // subnormal: a multiple of 2⁻²⁴
            let value = Float(magnitude) * 0x1p-24
            self.init(bitPattern: sign | value.bitPattern)
        }
    }
}
