/// Unsigned integers in seven bits a byte, the least significant first, the top bit set on all but the last byte.
enum LEB128 {
    static func byteCount(_ value: Int) -> Int { max(1, (value.bitWidth - value.leadingZeroBitCount + 6) / 7) }

    static func bytes(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes = [UInt8]()
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

/// Reads the parts of an entry one after another, never past its end.
struct ByteCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var offset = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    func invalid(_ part: EntryPart, _ found: Int) -> StreamError { .invalid(part: part, offset: offset, found: found) }

    mutating func byte(_ part: EntryPart) throws(StreamError) -> Int {
        Int(try take(1, part)[0])
    }

    /// A LEB128 number in its shortest form, below 2⁵⁶.
    mutating func number(_ part: EntryPart) throws(StreamError) -> Int {
        var value = 0
        for index in 0..<8 {
            let next = try byte(part)
            value |= (next & 0x7f) << (7 * index)
            if next < 0x80 {
                guard next > 0 || index == 0 else { throw invalid(part, value) }
                return value
            }
        }
        throw invalid(part, value)
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int, _ part: EntryPart) throws(StreamError) -> UnsafeBufferPointer<UInt8> {
        guard count >= 0, count <= remaining else {
            throw .truncated(part: part, offset: offset, expected: count, found: remaining)
        }
        defer { offset += count }
        return UnsafeBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// The bytes from here on, without consuming them.
    var rest: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[offset...]) }
}
