import Basics
import Testing

@testable import ArrayFiles

/// An array that NumPy wrote, with its values: Tests/Generators/make_arrays.py.
struct ArrayCase: Sendable, CustomTestStringConvertible {
    var file: String
    var name: String
    var type: String
    var shape: String
    var values: [Double]

    var testDescription: String { "\(file) \(name)" }

    static let all: [ArrayCase] = {
        guard let text = try? String(decoding: bytes("cases.tsv"), as: UTF8.self) else { return [] }
        return text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return ArrayCase(
                file: fields[0], name: fields[1], type: fields[2], shape: fields[3],
                values: fields[4].split(separator: ",").compactMap { Double($0) })
        }
    }()
}

@Suite("Arrays that NumPy wrote")
struct GoldenTests {
    @Test("Every element type, byte order, axis order and container gives the values written", arguments: ArrayCase.all)
    func values(expected: ArrayCase) throws {
        let file = try MappedFile(path: goldens + expected.file)
        let tensor =
            if expected.file.hasSuffix(".npz") {
                try NPZFile(file).array(named: expected.name)
            } else if expected.file.hasSuffix(".npy") {
                try NPYFile.read(file)
            } else {
                try IDXArray.read(file)
            }
        #expect(tensor.elementType.rawValue == expected.type)
        #expect(tensor.shape.description == expected.shape)
        #expect(tensor.numbers == expected.values)
    }

    @Test("There are cases of every kind")
    func cases() {
        #expect(ArrayCase.all.count == 69)
        #expect(Set(ArrayCase.all.map(\.type)).count == 12)
    }

    @Test("What lies in rows and little-endian stays in the file, the rest is converted")
    func mapping() throws {
        let archive = try NPZFile(MappedFile(path: goldens + "stored.npz"))
        #expect(try archive.array(named: "f4 little").isMapped)
        #expect(try archive.array(named: "u1 little").isMapped)
        #expect(try archive.array(named: "version 3").isMapped)
        #expect(try !archive.array(named: "f4 big").isMapped)
        #expect(try !archive.array(named: "f4 little fortran").isMapped)
        #expect(try NPYFile.read(MappedFile(path: goldens + "single.npy")).isMapped)
        #expect(try IDXArray.read(MappedFile(path: goldens + "u1-idx3")).isMapped)
    }

    @Test("Names come in the order of the archive, and an unknown one is told with those there are")
    func names() throws {
        let archive = try NPZFile(MappedFile(path: goldens + "deflated.npz"))
        #expect(archive.names == ["x", "y"])
        let error = #expect(throws: ArrayFileError.self) { try archive.array(named: "z") }
        #expect(error?.message.hasSuffix("has no array z; it holds x, y") == true)
    }

    @Test("Kinds are told by how files begin")
    func kinds() throws {
        func file(_ name: String) throws -> MappedFile { try MappedFile(path: goldens + name) }
        #expect(try NPZFile.isArchive(file("streamed.npz")) && !NPZFile.isArchive(file("single.npy")))
        #expect(try NPYFile.isNPY(file("single.npy")) && !NPYFile.isNPY(file("u1-idx3")))
        #expect(try IDXArray.isIDX(file("f8-idx3")) && IDXArray.isIDX(file("f8-idx3.gz")))
        #expect(try !IDXArray.isIDX(file("single.npy")) && !IDXArray.isIDX(file("deflated.npz")))
        #expect(try Gzip.isCompressed(file("joined-idx2.gz")) && !Gzip.isCompressed(file("cases.tsv")))
    }
}
