import TensorCore

/// Codes small tensors one after another into one stream, by `NumberModel`.
public struct NumberEncoder {
    private var model = NumberModel()
    private var encoder = RangeEncoder()
    private var byteCount = 0

    public init() {}

    public mutating func append(_ tensor: Tensor) {
        var values = tensor.storage.withUnsafeBytes { Array($0) }
        byteCount += values.count
        let isCoded = values.withUnsafeMutableBytes { model.code($0, of: tensor.elementType, &encoder, isDecoding: false) }
        precondition(isCoded, "a tensor of \(tensor.elementType) was not coded")
    }

    /// The stream; zeros are appended to one that would be shorter than what it holds allows.
    public mutating func finish() -> [UInt8] {
        guard byteCount > 0 else { return [] }
        encoder.finish()
        let least = max(1, max(0, byteCount - TextStream.capacity(of: 0) + 63) >> 6)
        return encoder.bytes + [UInt8](repeating: 0, count: max(0, least - encoder.bytes.count))
    }
}

/// Reads what `NumberEncoder` wrote, in the same order.
public struct NumberStream {
    /// The tensors of a stream that have these types and numbers of bytes; nil where it may not hold as much, or holds what no encoder writes.
    public static func decoded(_ stream: [UInt8], _ tensors: [(type: ElementType, byteCount: Int)]) -> [[UInt8]]? {
        var room = TextStream.capacity(of: stream.count)
        for tensor in tensors {
            guard tensor.byteCount >= 0, tensor.byteCount <= room else { return nil }
            room -= tensor.byteCount
        }
        return stream.withUnsafeBufferPointer { bytes in
            var model = NumberModel()
            var decoder = RangeDecoder(bytes)
            var found: [[UInt8]] = []
            for tensor in tensors {
                var values = [UInt8](repeating: 0, count: tensor.byteCount)
                guard values.withUnsafeMutableBytes({ model.code($0, of: tensor.type, &decoder, isDecoding: true) }) else { return nil }
                found.append(values)
            }
            return found
        }
    }
}
