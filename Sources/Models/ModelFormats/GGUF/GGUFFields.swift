/// The fields of a GGUF file one after another, each checked against the file.
struct GGUFFields {
    let path: String
    /// Bounds: every read checks `position` against `bytes.count`.
    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    /// Names and keys are not longer.
    private static let nameLimit = 1 << 16
    /// Arrays of arrays in the metadata are not deeper.
    private static let depthLimit = 8
    /// Texts of the metadata's arrays, which are stepped over one by one: vocabularies have a few hundred thousand.
    private static let elementLimit = 1 << 24

    init(_ bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    private mutating func take(_ count: Int, _ field: String) throws(ModelFileError) -> Int {
        guard count <= bytes.count - position else {
            throw .truncated(
                path: path, place: .field(field, byte: position), needed: count, available: bytes.count - position)
        }
        defer { position += count }
        return position
    }

    mutating func number<Number: FixedWidthInteger>(_ field: String, as _: Number.Type = Number.self) throws(ModelFileError) -> Number {
        let offset = try take(MemoryLayout<Number>.size, field)
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    /// A number of things of at least `size` bytes each, which the rest of the file must have room for.
    mutating func count(_ field: String, of size: Int) throws(ModelFileError) -> Int {
        let start = position
        let count = try number(field, as: UInt64.self)
        guard count <= UInt64((bytes.count - position) / max(1, size)) else {
            throw .truncated(
                path: path, place: .field(field, byte: start), needed: Int(clamping: count).saturatingProduct(size),
                available: bytes.count - position)
        }
        return Int(count)
    }

    mutating func name(_ field: String) throws(ModelFileError) -> String {
        let start = position
        let count = try count(field, of: 1)
        guard count <= Self.nameLimit else {
            throw .malformed(
                path: path, place: .field(field, byte: start), expected: "at most \(Self.nameLimit.grouped) bytes long",
                found: count.grouped)
        }
        let offset = try take(count, field)
        return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
    }

    private static let sizes: [UInt32: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
    private static let text: UInt32 = 8
    private static let array: UInt32 = 9

    /// Steps over a value of the metadata.
    mutating func skipValue(of type: UInt32, depth: Int = 0) throws(ModelFileError) {
        if let size = Self.sizes[type] {
            _ = try take(size, "a value")
        } else if type == Self.text {
            _ = try take(try count("a text", of: 1), "a text")
        } else if type == Self.array, depth < Self.depthLimit {
            let start = position
            let inner = try number("an array", as: UInt32.self)
            if let size = Self.sizes[inner] {
                _ = try take(try count("an array", of: size) * size, "an array")
                return
            }
            // A text or an array begins with a number of eight bytes at least.
            let count = try count("an array", of: 8)
            guard count <= Self.elementLimit else {
                throw .malformed(
                    path: path, place: .field("an array", byte: start), expected: "at most \(Self.elementLimit.grouped) texts",
                    found: count.grouped)
            }
            for _ in 0..<count { try skipValue(of: inner, depth: depth + 1) }
        } else {
            throw .malformed(
                path: path, place: .field("a value's type", byte: position), expected: "one of 0 to 12", found: "\(type)")
        }
    }
}
