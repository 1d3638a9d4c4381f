import Basics
import Testing

@testable import ArrayFiles

@Suite("Array files that are not what they say")
struct HostilityTests {
    /// Reads whatever an archive holds.
    private func readAll(_ file: MappedFile) throws(ArrayFileError) {
        let archive = try NPZFile(file)
        for name in archive.names { _ = try archive.array(named: name).numbers }
    }

    private func readNPY(_ file: MappedFile) throws(ArrayFileError) { _ = try NPYFile.read(file).numbers }

    private func readIDX(_ file: MappedFile) throws(ArrayFileError) { _ = try IDXArray.read(file).numbers }

    @Test("A file cut anywhere is a fault in one line")
    func truncation() throws {
        for (name, read) in [
            ("single.npy", readNPY), ("u1-idx3", readIDX), ("f8-idx3.gz", readIDX), ("joined-idx2.gz", readIDX),
            ("deflated.npz", readAll), ("zip64.npz", readAll),
        ] as [(String, (MappedFile) throws(ArrayFileError) -> Void)] {
            let whole = try bytes(name)
            #expect(fault(whole, read) == nil)
            for count in whole.indices {
                let message = fault(Array(whole[..<count]), read)
                #expect(message.map { $0.hasPrefix("file") && !$0.contains("\n") } == true, "\(name) cut at \(count)")
            }
        }
    }

    @Test("Flipped bytes never crash, and compressed ones are always found")
    func flips() throws {
        for (name, read) in [
            ("single.npy", readNPY), ("i2-idx3", readIDX), ("f8-idx3.gz", readIDX), ("deflated.npz", readAll),
            ("zip64.npz", readAll), ("streamed.npz", readAll),
        ] as [(String, (MappedFile) throws(ArrayFileError) -> Void)] {
            let whole = try bytes(name)
            for index in whole.indices {
                for mask in [0x01, 0x10, 0x80, 0xff] as [UInt8] {
                    var damaged = whole
                    damaged[index] ^= mask
                    let message = fault(damaged, read)
                    #expect(message?.contains("\n") != true)
                }
            }
        }
        // Behind gzip's header of 10 bytes every byte counts.
        let compressed = try bytes("f8-idx3.gz")
        for index in 10..<compressed.count {
            var damaged = compressed
            damaged[index] ^= 0x04
            #expect(fault(damaged, readIDX) != nil, "byte \(index)")
        }
    }

    /// An NPY file with the given header text and elements.
    private func npy(_ header: String, _ content: [UInt8] = []) -> [UInt8] {
        [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + content
    }

    @Test(
        "Headers that are none, or of arrays that are not numbers, are told by name",
        arguments: [
            ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "holds Python objects"),
            ("{'descr': '<U3', 'fortran_order': False, 'shape': (2,), }", "holds texts (<U3)"),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", "holds complex numbers"),
            ("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,), }", "holds times"),
            ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "holds records"),
            ("{'descr': '<f3', 'fortran_order': False, 'shape': (2,), }", "an unknown type, <f3"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "takes 8 bytes, 0 are there"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9), }", "more than any memory holds"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "a whole number below 2⁶³"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "a whole number"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", "a comma"),
            ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "True or False"),
            ("{'descr': '<f4', 'fortran_order': False}", "descr, fortran_order and shape"),
            ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "one each of"),
            ("__import__('os').system('true')", "expected “{”"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': ()} + 1", "the end of the header"),
            ("{'descr': '<f4", "a text that ends"),
        ])
    func headers(header: String, part: String) {
        let message = fault(npy(header), readNPY) ?? ""
        #expect(message.contains(part), "\(message)")
    }

    @Test("Python 2's longs and the least of headers are read")
    func oldHeaders() throws {
        #expect(fault(npy("{'descr':'<u1','fortran_order':False,'shape':(2L,)}", [1, 2]), readNPY) == nil)
        #expect(fault(npy("{\"shape\": (), \"descr\": \"|b1\", \"fortran_order\": True}\n", [1]), readNPY) == nil)
    }

    @Test("An unknown version is told")
    func version() throws {
        var file = try bytes("single.npy")
        file[6] = 4
        #expect(fault(file, readNPY)?.contains("version 4 of the NPY format") == true)
    }

    /// Overwrites bytes of the central directory's record of the first member.
    private func changed(_ name: String, at offset: Int, to replacement: [UInt8]) throws -> [UInt8] {
        var file = try bytes(name)
        let start = try #require(file.indices.dropLast(4).first { file[$0..<$0 + 4] == [0x50, 0x4b, 0x01, 0x02] })
        file.replaceSubrange(start + offset..<start + offset + replacement.count, with: replacement)
        return file
    }

    @Test(
        "An archive's directory is checked against the file",
        arguments: [
            (8, [1, 0], "is encrypted"), (10, [12, 0], "compressed by method 12"),
            (16, [0, 0, 0, 0], "its checksum does not agree"), (20, [0, 0, 1, 0], "beyond the"),
            (24, [0, 0, 0, 64], "which deflate cannot do"), (24, [0, 2, 0, 0], "inflates to more than the 512 bytes"),
            (24, [0, 4, 0, 0], "inflates to 728 bytes, not to the 1024"), (42, [7, 0, 0, 0], "has no header at byte 7"),
            (28, [255, 0], "damaged"), (46, [0x7a], "has another name in its own header"),
        ] as [(Int, [UInt8], String)])
    func directory(offset: Int, replacement: [UInt8], part: String) throws {
        let message = fault(try changed("deflated.npz", at: offset, to: replacement), readAll) ?? "no fault"
        #expect(message.contains(part), "\(message)")
    }

    @Test("Two members that share bytes are refused")
    func overlap() throws {
        var file = try bytes("deflated.npz")
        let records = file.indices.dropLast(4).filter { file[$0..<$0 + 4] == [0x50, 0x4b, 0x01, 0x02] }
        // The second record becomes the first but for its name, whose header it then finds to be another's.
        file.replaceSubrange(records[1] + 42..<records[1] + 46, with: file[records[0] + 42..<records[0] + 46])
        #expect(fault(file, readAll) != nil)
        // Under the same name it is there twice.
        file[records[1] + 46] = file[records[0] + 46]
        #expect(fault(file, readAll)?.contains("is there twice") == true)
        // A first member that reaches into the second.
        let first = try bytes("stored.npz")
        let record = try #require(first.indices.dropLast(4).first { first[$0..<$0 + 4] == [0x50, 0x4b, 0x01, 0x02] })
        var grown = first
        grown[record + 21] += 1
        grown[record + 25] += 1
        #expect(fault(grown, readAll)?.contains("overlaps") == true)
    }

    @Test("A gzip file that holds more than is asked for is refused at the limit")
    func gzipLimit() throws {
        let file = try bytes("u1-idx3.gz")
        #expect(fault(file) { (file) throws(ArrayFileError) in _ = try Gzip.inflate(file, limit: 28) } == nil)
        let message = fault(file) { (file) throws(ArrayFileError) in _ = try Gzip.inflate(file, limit: 27) }
        #expect(message?.contains("more than the 27 bytes") == true)
        let plain = fault([1, 2, 3]) { (file) throws(ArrayFileError) in _ = try Gzip.inflate(file, limit: 9) }
        #expect(plain == "file is not compressed with gzip")
    }

    @Test("An IDX header that asks for more than the file can hold is refused before anything is allocated")
    func idxSizes() throws {
        let plain = fault([0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1], readIDX)
        #expect(plain == "file is cut off: 4294967295 of uint8 takes 4294967303 bytes with its header, found 9")
        let long = fault([0, 0, 8, 1, 0, 0, 0, 1, 1, 2], readIDX)
        #expect(long?.contains("goes on too long") == true)
        #expect(fault([0, 0, 8, 4] + Array(repeating: 255, count: 16), readIDX)?.contains("more than any memory") == true)
        #expect(fault([0, 0, 7, 1, 0, 0, 0, 1, 1], readIDX)?.contains("is not an IDX file") == true)
        #expect(fault([], readIDX)?.contains("is not an IDX file") == true)
    }
}
