/// The central directory of a ZIP archive (PKWARE's APPNOTE 6.3.10, sections 4.3.12–4.3.16), checked against the file.
///
///     local header, data [, descriptor] … │ central directory │ [zip64 record, its locator] │ end record, comment
struct ZIPDirectory {
    struct Member {
        enum Method: Int {
            case stored = 0
            case deflated = 8
        }

        var name: String
        var method: Method
        var checksum: UInt32
        var byteCount: Int
        /// Where its compressed bytes lie in the file.
        var data: Range<Int>
    }

    /// In the order of the directory; names are unique, and no two members share a byte.
    private(set) var members: [Member] = []

    /// Why an archive cannot be used, and at which member.
    struct Fault: Error {
        var member: String?
        var what: String
    }

    private static let memberLimit = 1 << 20

    init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        let fields = LittleEndianFields(bytes: bytes)
        let directory = try Self.find(in: fields)
        guard directory.count <= Self.memberLimit else {
            throw Fault(what: "is a ZIP archive of \(directory.count) members, more than is plausible")
        }
        var occupied: [(range: Range<Int>, name: String)] = []
        var names: Set<String> = []
        var offset = directory.range.lowerBound
        for _ in 0..<directory.count {
            let (entry, next) = try ZIPEntry.read(fields, at: offset, end: directory.range.upperBound)
            offset = next
            guard names.insert(entry.name).inserted else { throw Fault(member: entry.name, what: "is there twice") }
            let data = try entry.data(in: fields, before: directory.range.lowerBound)
            occupied.append((entry.headerOffset..<data.upperBound, entry.name))
            guard !entry.name.hasSuffix("/") else { continue }
            members.append(try entry.member(data))
        }
        occupied.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (first, second) in zip(occupied, occupied.dropFirst()) where first.range.upperBound > second.range.lowerBound {
            throw Fault(member: second.name, what: "overlaps \(shown(first.name)): the archive is not what it says")
        }
    }

    /// Where the directory lies, and how many members it lists.
    private static func find(in fields: LittleEndianFields) throws(Fault) -> (range: Range<Int>, count: Int) {
        let bytes = fields.bytes
        // The end record takes 22 bytes and may be followed by a comment of up to 2¹⁶ − 1.
        let earliest = max(0, bytes.count - 22 - 0xffff)
        var end = bytes.count - 22
        while end >= earliest,
            fields.number32(end) != 0x0605_4b50 || (fields.number16(end + 20) ?? 0) > bytes.count - 22 - end
        {
            end -= 1
        }
        guard end >= earliest, var count = fields.number16(end + 10), var byteCount = fields.number32(end + 12),
            var start = fields.number32(end + 16)
        else {
            throw Fault(what: "is cut off or no ZIP archive: it has no directory; copy or download it again")
        }
        var limit = end
        if count == 0xffff || byteCount == 0xffff_ffff || start == 0xffff_ffff, fields.number32(end - 20) == 0x0706_4b50 {
            guard let record = fields.number64(end - 20 + 8), record <= end - 20 - 56,
                fields.number32(record) == 0x0606_4b50, let longCount = fields.number64(record + 32),
                let longByteCount = fields.number64(record + 40), let longStart = fields.number64(record + 48)
            else { throw Fault(what: "has a damaged zip64 record") }
            (count, byteCount, start, limit) = (longCount, longByteCount, longStart, record)
        }
        guard byteCount <= limit, start <= limit - byteCount else {
            throw Fault(what: "has a ZIP directory outside of the file: it is cut off or damaged")
        }
        return (start..<start + byteCount, count)
    }
}

/// A name as a message shows it.
func shown(_ name: String) -> String {
    name.unicodeScalars.prefix(80).map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: scalar.escaped(asASCII: true)
        default: String(scalar)
        }
    }.joined()
}
