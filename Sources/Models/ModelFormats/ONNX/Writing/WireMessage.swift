import TensorCore

/// A protobuf message in the making: its structure in memory, its tensors by reference, so that it can be streamed.
struct WireMessage {
    enum Part {
        case bytes([UInt8])
        case payload(SourceBytes)
    }

    private var finished: [Part] = []
    /// Bytes behind the last payload.
    private var tail: [UInt8] = []
    private var finishedByteCount = 0

    var parts: [Part] { tail.isEmpty ? finished : finished + [.bytes(tail)] }
    var byteCount: Int { finishedByteCount + tail.count }

    // MARK: Fields

    mutating func append(_ field: Int, integer: Int) {
        appendTag(field, wireType: 0)
        appendVarint(UInt64(bitPattern: Int64(integer)))
    }

    mutating func append(_ field: Int, float: Float) {
        appendTag(field, wireType: 5)
        withUnsafeBytes(of: float.bitPattern.littleEndian) { tail.append(contentsOf: $0) }
    }

    /// A number whose four bytes are read when the message is streamed.
    mutating func append(_ field: Int, float: SourceBytes) {
        appendTag(field, wireType: 5)
        append(encoded: float)
    }

    mutating func append(_ field: Int, text: String) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(text.utf8.count))
        tail.append(contentsOf: text.utf8)
    }

    mutating func append(_ field: Int, bytes: [UInt8]) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(bytes.count))
        tail.append(contentsOf: bytes)
    }

    mutating func append(_ field: Int, message: WireMessage) {
        appendTag(field, wireType: 2)
        appendVarint(UInt64(message.byteCount))
        append(contentsOf: message)
    }

    /// A field whose bytes are read when the message is streamed.
    mutating func append(_ field: Int, payload: SourceBytes) {
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
    mutating func append(encoded bytes: [UInt8]) { tail.append(contentsOf: bytes) }

    /// Appends whole fields, which are read when the message is streamed.
    mutating func append(encoded payload: SourceBytes) {
        guard payload.byteCount > 0 else { return }
        if !tail.isEmpty { finished.append(.bytes(tail)) }
        finished.append(.payload(payload))
        finishedByteCount += tail.count + payload.byteCount
        tail.removeAll()
    }

    /// Appends all fields of another message.
    mutating func append(contentsOf message: WireMessage) {
        for part in message.finished {
            switch part {
            case .bytes(let bytes): tail.append(contentsOf: bytes)
            case .payload(let payload): append(encoded: payload)
            }
        }
        tail.append(contentsOf: message.tail)
    }

    // MARK: Bytes

    /// What stands before the bytes of a field.
    static func beginning(of field: Int, byteCount: Int) -> [UInt8] {
        var message = WireMessage()
        message.appendTag(field, wireType: 2)
        message.appendVarint(UInt64(byteCount))
        return message.tail
    }

    private mutating func appendTag(_ field: Int, wireType: UInt64) { appendVarint(UInt64(field) << 3 | wireType) }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            tail.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        tail.append(UInt8(rest))
    }
}
