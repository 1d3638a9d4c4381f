import Basics
import Glibc
import Testing

@testable import ArrayFiles

@Suite("Writing ZIP archives")
struct ZIPRecordsTests {
    /// An archive of members that hold their index, with the thresholds beyond which fields of 64 bits are used.
    private func archive(_ names: [String], largest32: Int = 0xffff_fffe, largest16: Int = 0xfffe) -> [UInt8] {
        var records = ZIPRecords(largest32: largest32, largest16: largest16)
        var bytes: [UInt8] = []
        for (index, name) in names.enumerated() {
            let content = [UInt8](repeating: UInt8(index), count: 10 + index)
            bytes += records.begin(name, byteCount: content.count, at: bytes.count)
            var checksum = ZIPChecksum()
            content.withUnsafeBytes { checksum.append($0) }
            let (digits, place) = records.end(checksum: checksum.value)
            bytes.replaceSubrange(place..<place + 4, with: digits)
            bytes += content
        }
        return bytes + records.directory(at: bytes.count)
    }

    @Test(
        "Members come back from archives of short and of long fields, each at a multiple of 64",
        arguments: [(0xffff_fffe, 0xfffe), (12, 0xfffe), (100, 2), (0, 0)])
    func fields(largest32: Int, largest16: Int) throws {
        let names = ["a", "ü/b", String(repeating: "x", count: 60), "d"]
        let bytes = archive(names, largest32: largest32, largest16: largest16)
        try bytes.withUnsafeBytes { bytes in
            let archive = try ZIPArchive(MappedFile(constant: bytes, name: "a.zip"))
            #expect(archive.names == names)
            for (index, name) in names.enumerated() {
                let content = try archive.content(of: name)
                #expect(content.withUnsafeBytes { Array($0) } == [UInt8](repeating: UInt8(index), count: 10 + index))
                guard case .mapped(_, let range) = content else {
                    Issue.record("\(name) is not stored")
                    continue
                }
                #expect(range.lowerBound % 64 == 0)
            }
        }
    }

    @Test("An archive without members is one")
    func empty() throws {
        let bytes = archive([])
        try bytes.withUnsafeBytes { bytes in
            let archive = try ZIPArchive(MappedFile(constant: bytes, name: "a.zip"))
            #expect(archive.names.isEmpty)
        }
    }
}
