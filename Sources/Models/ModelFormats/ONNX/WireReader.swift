/// Reads protobuf's wire format from bytes that are not trusted.
struct WireReader {
    /// Bounds: every read checks `position` against `end`, and `end` never exceeds `bytes.count`.
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    let end: Int

    init(_ bytes: UnsafeRawBufferPointer, range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    enum WireType: UInt8 {
        case varint = 0
        case eightBytes = 1
        case lengthDelimited = 2
        case fourBytes = 5
    }

    /// A fault in the encoding, at a byte of the file.
    enum Fault: Error {
        case truncated(at: Int, needed: Int, available: Int)
        case malformed(at: Int, expected: String, found: String)

        var offset: Int {
            switch self {
            case .truncated(let offset, _, _), .malformed(let offset, _, _): offset
            }
        }
    }

    /// One field: its number, how it is encoded, where it begins with its tag, and where its value lies.
    struct Field {
        var number: Int
        var wireType: WireType
        var start: Int
        /// The value's bytes; of a length-delimited field, without the length.
        var value: Range<Int>
    }

    /// The next field, or nil at the end.
    mutating func next() throws(Fault) -> Field? {
        guard position < end else { return nil }
        let start = position
        let tag = try varint()
        let number = tag >> 3
        guard number >= 1, number <= 536_870_911 else {
            throw .malformed(at: start, expected: "a protobuf field", found: "field number \(number)")
        }
        guard let wireType = WireType(rawValue: UInt8(tag & 7)) else {
            throw .malformed(at: start, expected: "a protobuf field", found: "wire type \(tag & 7)")
        }
        switch wireType {
        case .varint:
            let valueStart = position
            _ = try varint()
            return Field(number: Int(number), wireType: wireType, start: start, value: valueStart..<position)
        case .eightBytes: return Field(number: Int(number), wireType: wireType, start: start, value: try take(8, start))
        case .fourBytes: return Field(number: Int(number), wireType: wireType, start: start, value: try take(4, start))
        case .lengthDelimited:
            let length = try varint()
            return Field(
                number: Int(number), wireType: wireType, start: start,
                value: try take(Int(clamping: length), start))
        }
    }

    private mutating func take(_ count: Int, _ start: Int) throws(Fault) -> Range<Int> {
        guard count <= end - position else {
            throw .truncated(at: start, needed: count, available: end - position)
        }
        defer { position += count }
        return position..<position + count
    }

    mutating func varint() throws(Fault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift < 70 else {
                throw .malformed(at: start, expected: "a number of at most 10 bytes", found: "a longer one")
            }
        }
        throw .truncated(at: start, needed: end - start + 1, available: end - start)
    }
}
