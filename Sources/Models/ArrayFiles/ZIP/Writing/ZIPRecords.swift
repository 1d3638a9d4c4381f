/// The records around the members of a ZIP archive that is written front to back, its members stored as they are
/// (PKWARE's APPNOTE 6.3.10; sizes and places beyond 32 bits by its zip64 fields).
///
/// Every member's bytes begin at a multiple of 64, which a field of padding sees to, so that they can be mapped.
public struct ZIPRecords: Sendable {
    private struct Member {
        var name: [UInt8]
        var byteCount: Int
        var offset: Int
        var checksum: UInt32 = 0
    }

    private var members: [Member] = []
    /// What fields of 32 and of 16 bits cannot say any more; tests ask for less.
    private let largest32: Int
    private let largest16: Int

    private static let alignment = 64
    /// The length of a member's name is a field of 16 bits.
    public static let nameLimit = 0xffff
    /// Android's field of padding: its alignment, then zeros.
    private static let paddingField: UInt16 = 0xd935
    private static let zip64Field: UInt16 = 1

    public init() { self.init(largest32: 0xffff_fffe, largest16: 0xfffe) }

    init(largest32: Int, largest16: Int) {
        self.largest32 = largest32
        self.largest16 = largest16
    }

    /// The record in front of a member that begins at `offset` of the file; its checksum is still to come.
    public mutating func begin(_ name: String, byteCount: Int, at offset: Int) -> [UInt8] {
        let member = Member(name: Array(name.utf8), byteCount: byteCount, offset: offset)
        precondition(member.name.count <= Self.nameLimit, "a member's name of \(member.name.count) bytes")
        members.append(member)
        let isLong = byteCount > largest32
        var extra: [UInt8] = []
        if isLong { extra.append(field: Self.zip64Field, [UInt64(byteCount), UInt64(byteCount)]) }
        // The padding's own field takes six bytes.
        let unpadded = offset + 30 + member.name.count + extra.count
        if unpadded % Self.alignment != 0 {
            let padding = (Self.alignment - (unpadded + 6) % Self.alignment) % Self.alignment
            extra.append(Self.paddingField)
            extra.append(UInt16(2 + padding))
            extra.append(UInt16(Self.alignment))
            extra += [UInt8](repeating: 0, count: padding)
        }
        var record: [UInt8] = []
        record.append(0x0403_4b50 as UInt32)
        record += commonFields(member, isLong: isLong)
        record.append(UInt16(member.name.count))
        record.append(UInt16(extra.count))
        return record + member.name + extra
    }

    /// The checksum of the member that was begun last, and where in the file its four bytes belong.
    public mutating func end(checksum: UInt32) -> (bytes: [UInt8], offset: Int) {
        members[members.count - 1].checksum = checksum
        var bytes: [UInt8] = []
        bytes.append(checksum)
        return (bytes, members[members.count - 1].offset + 14)
    }

    /// What follows the last member, at `offset` of the file.
    public func directory(at offset: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for member in members { bytes += entry(of: member) }
        let byteCount = bytes.count
        let isLong = members.count > largest16 || byteCount > largest32 || offset > largest32
        if isLong {
            bytes.append(0x0606_4b50 as UInt32)
            bytes.append(44 as UInt64)
            bytes.append(45 as UInt16)
            bytes.append(45 as UInt16)
            bytes.append(0 as UInt64)  // this disk, and the one of the directory
            for number in [members.count, members.count, byteCount, offset] { bytes.append(UInt64(number)) }
            bytes.append(0x0706_4b50 as UInt32)
            bytes.append(0 as UInt32)
            bytes.append(UInt64(offset + byteCount))
            bytes.append(1 as UInt32)
        }
        bytes.append(0x0605_4b50 as UInt32)
        bytes.append(0 as UInt32)
        for _ in 0..<2 { bytes.append(isLong ? 0xffff : UInt16(members.count)) }
        bytes.append(isLong ? 0xffff_ffff : UInt32(byteCount))
        bytes.append(isLong ? 0xffff_ffff : UInt32(offset))
        bytes.append(0 as UInt16)
        return bytes
    }

    private func entry(of member: Member) -> [UInt8] {
        let isLong = member.byteCount > largest32
        let isFar = member.offset > largest32
        var extra: [UInt8] = []
        if isLong || isFar {
            let sizes = isLong ? [member.byteCount, member.byteCount] : []
            extra.append(field: Self.zip64Field, (sizes + (isFar ? [member.offset] : [])).map { UInt64($0) })
        }
        var record: [UInt8] = []
        record.append(0x0201_4b50 as UInt32)
        record.append(45 as UInt16)
        record += commonFields(member, isLong: isLong || isFar, sizesAreLong: isLong)
        record.append(UInt16(member.name.count))
        record.append(UInt16(extra.count))
        record.append(0 as UInt64)  // comment, disk, attributes within
        record.append(0 as UInt16)
        record.append(isFar ? 0xffff_ffff : UInt32(member.offset))
        return record + member.name + extra
    }

    /// What both records of a member have: version, flags, method, time, checksum and sizes.
    private func commonFields(_ member: Member, isLong: Bool, sizesAreLong: Bool? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(isLong ? 45 : 20 as UInt16)
        bytes.append(member.name.allSatisfy { $0 < 0x80 } ? 0 : 0x800 as UInt16)
        bytes.append(0 as UInt16)
        bytes.append(0x0021_0000 as UInt32)  // midnight, 1 January 1980
        bytes.append(member.checksum)
        for _ in 0..<2 { bytes.append(sizesAreLong ?? isLong ? 0xffff_ffff : UInt32(member.byteCount)) }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(field: UInt16, _ numbers: [UInt64]) {
        append(field)
        append(UInt16(numbers.count * 8))
        for number in numbers { append(number) }
    }
}
