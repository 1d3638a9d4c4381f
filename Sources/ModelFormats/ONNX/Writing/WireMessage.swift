import TensorCore

/// A protobuf message in the making: its structure in memory, its tensors by reference, so that it can be streamed.
struct WireMessage {
    enum Part {
        case bytes([UInt8])
        case payload(TensorStorage)
    }

    private(set) var parts: [Part] = []
    private(set) var byteCount = 0

    // MARK: Fields

    mutating func append(_ field: Int, integer: Int) {
        appendTag(field, wireType: 0)
        appendVarint(UInt64(bitPattern: Int64(integer)))
    }

    mutating func append(_ field: Int, float: Float) {
        appendTag(field, wireType: 5)
        appendRaw(withUnsafeBytes(of: float.bitPattern.littleEndian) { Array($0) })
    }

    mutating func append(_ field: Int, text: String) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(text.utf8.count))
        appendRaw(Array(text.utf8))
    }

    mutating func append(_ field: Int, bytes: [UInt8]) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(bytes.count))
        appendRaw(bytes)
    }

    mutating func append(_ field: Int, message: WireMessage) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(message.byteCount))
        append(contentsOf: message)
    }

    /// A field whose bytes are read when the message is streamed.
    mutating func append(_ field: Int, payload: TensorStorage) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(payload.byteCount))
        append(encoded: payload)
    }

    /// A list of integers, packed where that is shorter.
    mutating func append(_ field: Int, integers: [Int]) {
        guard integers.count > 2 else {
            for integer in integers { append(field, integer: integer) }
            return
        }
        var packed = WireMessage()
        for integer in integers { packed.appendVarint(UInt64(bitPattern: Int64(integer))) }
        append(field, message: packed)
    }

    mutating func append(_ field: Int, floats: [Float]) {
        guard !floats.isEmpty else { return }
        append(field, bytes: floats.flatMap { float in withUnsafeBytes(of: float.bitPattern.littleEndian) { Array($0) } })
    }

    // MARK: What is encoded already

    /// Appends whole fields.
    mutating func append(encoded bytes: [UInt8]) { appendRaw(bytes) }

    /// Appends whole fields, which are read when the message is streamed.
    mutating func append(encoded storage: TensorStorage) {
        guard storage.byteCount > 0 else { return }
        parts.append(.payload(storage))
        byteCount += storage.byteCount
    }

    /// Appends all fields of another message.
    mutating func append(contentsOf message: WireMessage) {
        for part in message.parts {
            switch part {
            case .bytes(let bytes): appendRaw(bytes)
            case .payload(let storage): append(encoded: storage)
            }
        }
    }

    // MARK: Bytes

    private mutating func appendTag(_ field: Int, wireType: UInt64) { appendVarint(UInt64(field) << 3 | wireType) }

    private mutating func appendVarint(_ value: UInt64) {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        appendRaw(bytes)
    }

    private mutating func appendRaw(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        byteCount += bytes.count
        if case .bytes(var last) = parts.last {
            // The array leaves `parts` first, so that appending does not copy it.
            parts.removeLast()
            last.append(contentsOf: bytes)
            parts.append(.bytes(last))
        } else {
            parts.append(.bytes(bytes))
        }
    }
}
