/// Numbers at fixed places of a record, read from bytes that are not trusted.
struct LittleEndianFields {
    /// Bounds: every read is checked against `bytes.count`.
    let bytes: UnsafeRawBufferPointer

    /// The number of `Pattern`'s size at `offset`; nil where it does not lie within the bytes.
    func read<Pattern: FixedWidthInteger & UnsignedInteger>(_ offset: Int, as _: Pattern.Type = Pattern.self) -> Pattern? {
        guard offset >= 0, offset <= bytes.count - MemoryLayout<Pattern>.size else { return nil }
        return Pattern(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Pattern.self))
    }

    func number16(_ offset: Int) -> Int? { read(offset, as: UInt16.self).map(Int.init) }

    func number32(_ offset: Int) -> Int? { read(offset, as: UInt32.self).map(Int.init) }

    /// Nil also where the number is beyond 2⁶³.
    func number64(_ offset: Int) -> Int? { read(offset, as: UInt64.self).flatMap(Int.init(exactly:)) }
}
