/// One record of a ZIP archive's central directory.
struct ZIPEntry {
    var name: String
    var flags: Int
    var method: Int
    var checksum: UInt32
    var compressedByteCount: Int
    var byteCount: Int
    var headerOffset: Int

    /// Reads the record at `offset`; it ends at `next`, not behind `end`.
    static func read(
        _ fields: LittleEndianFields, at offset: Int, end: Int
    ) throws(ZIPDirectory.Fault) -> (ZIPEntry, next: Int) {
        let damaged = ZIPDirectory.Fault(what: "has a damaged ZIP directory at byte \(offset)")
        guard offset <= end - 46, fields.number32(offset) == 0x0201_4b50, let flags = fields.number16(offset + 8),
            let method = fields.number16(offset + 10), let checksum = fields.read(offset + 16, as: UInt32.self),
            let compressed = fields.number32(offset + 20), let byteCount = fields.number32(offset + 24),
            let nameLength = fields.number16(offset + 28), let extraLength = fields.number16(offset + 30),
            let commentLength = fields.number16(offset + 32), let headerOffset = fields.number32(offset + 42)
        else { throw damaged }
        let nameStart = offset + 46
        let extraStart = nameStart + nameLength
        let next = extraStart + extraLength + commentLength
        guard next <= end else { throw damaged }
        var entry = ZIPEntry(
            name: String(decoding: fields.bytes[nameStart..<extraStart], as: UTF8.self), flags: flags, method: method,
            checksum: checksum, compressedByteCount: compressed, byteCount: byteCount, headerOffset: headerOffset)
        guard entry.readLongSizes(fields, extraStart..<extraStart + extraLength) else { throw damaged }
        return (entry, next)
    }

    /// Takes from the zip64 field, in this order, whatever did not fit into the record; false where it is not there.
    private mutating func readLongSizes(_ fields: LittleEndianFields, _ extra: Range<Int>) -> Bool {
        let saturated = 0xffff_ffff
        guard byteCount == saturated || compressedByteCount == saturated || headerOffset == saturated else { return true }
        var offset = extra.lowerBound
        while offset <= extra.upperBound - 4, let kind = fields.number16(offset), let length = fields.number16(offset + 2) {
            let end = offset + 4 + length
            guard end <= extra.upperBound else { return false }
            if kind == 1 {
                var place = offset + 4
                for field in [\ZIPEntry.byteCount, \.compressedByteCount, \.headerOffset]
                where self[keyPath: field] == saturated {
                    guard place <= end - 8, let value = fields.number64(place) else { return false }
                    self[keyPath: field] = value
                    place += 8
                }
                return true
            }
            offset = end
        }
        return false
    }

    /// Where the member's bytes lie: behind its local header, in front of the directory.
    func data(in fields: LittleEndianFields, before limit: Int) throws(ZIPDirectory.Fault) -> Range<Int> {
        guard headerOffset <= limit - 30, fields.number32(headerOffset) == 0x0403_4b50,
            let nameLength = fields.number16(headerOffset + 26), let extraLength = fields.number16(headerOffset + 28)
        else { throw .init(member: name, what: "has no header at byte \(headerOffset): the archive is damaged") }
        let start = headerOffset + 30 + nameLength + extraLength
        guard start <= limit, compressedByteCount <= limit - start else {
            throw .init(
                member: name,
                what: "takes \(compressedByteCount) bytes from byte \(start) on, beyond the \(limit) bytes of all members")
        }
        guard fields.bytes[(headerOffset + 30)...].prefix(nameLength).elementsEqual(name.utf8) else {
            throw .init(member: name, what: "has another name in its own header: the archive is damaged")
        }
        return start..<start + compressedByteCount
    }

    /// The member, if it is stored in a way we read and its sizes can be true.
    func member(_ data: Range<Int>) throws(ZIPDirectory.Fault) -> ZIPDirectory.Member {
        guard flags & 1 == 0 else { throw .init(member: name, what: "is encrypted") }
        guard let method = ZIPDirectory.Member.Method(rawValue: method) else {
            throw .init(
                member: name,
                what: "is compressed by method \(method); save the archive with numpy.savez or savez_compressed")
        }
        switch method {
        case .stored where byteCount != data.count:
            throw .init(member: name, what: "is stored in \(data.count) bytes but says it has \(byteCount)")
        case .deflated where byteCount / Gzip.greatestExpansion > data.count:
            throw .init(member: name, what: "says \(data.count) bytes inflate to \(byteCount), which deflate cannot do")
        default: break
        }
        return ZIPDirectory.Member(name: name, method: method, checksum: checksum, byteCount: byteCount, data: data)
    }
}
