import ModelFormats
import Testing

/// Files of Goldens/malformed.bin, which `Tests/Generators/make_malformed.py` wrote: for each a line "name size outcome",
/// and its bytes. check_malformed.py runs the program itself on these and on larger ones, and looks at time and memory.
@Suite("Malformed models")
struct MalformedTests {
    struct Case {
        var name: String
        var outcome: String
        var bytes: [UInt8]
    }

    static func cases() throws -> [Case] {
        var rest = try Goldens.bytes(Goldens.folder + "malformed.bin")[...]
        var cases: [Case] = []
        while let end = rest.firstIndex(of: 0x0a) {
            let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            let size = try #require(Int(words[1]))
            cases.append(Case(name: String(words[0]), outcome: String(words[2]), bytes: Array(rest[(end + 1)...].prefix(size))))
            rest = rest[(end + 1 + size)...]
        }
        return cases
    }

    @Test("Every one is refused in one line")
    func refusals() throws {
        let folder = TemporaryFolder()
        let cases = try Self.cases()
        for file in cases where file.outcome == "beside" { _ = folder.write(file.bytes, file.name) }
        var refused = 0
        for file in cases where file.outcome != "beside" {
            do throws(ModelFileError) {
                _ = try ModelFile.open(path: folder.write(file.bytes, file.name))
                #expect(file.outcome == "sound", "\(file.name) was opened")
            } catch {
                refused += 1
                #expect(!error.message.contains { $0.isNewline }, "\(file.name)")
                // A part that it names may be at fault, of which the line tells.
                #expect((10..<1000).contains(error.message.count), "\(file.name)")
            }
        }
        #expect(refused >= 200)
    }

    @Test("Nodes that wait for each other are named, and so is a value made twice")
    func graphs() throws {
        let cases = try Self.cases()
        func message(_ name: String) throws -> String {
            let file = try #require(cases.first { $0.name == name })
            let error = #expect(throws: ModelFileError.self) { try open(file.bytes, as: name) }
            return error?.message ?? ""
        }
        #expect(try message("cycle-of-one.onnx").contains("found “Relu y” → “Relu y”."))
        #expect(try message("cycle-of-two.onnx").contains("found “Relu b” → “Add a” → “Relu b”."))
        #expect(try message("output-twice.onnx").contains("tensor “y” should be made once, found that “Relu y” makes it again"))
        #expect(try message("output-named-as-input.onnx").contains("tensor “x” should be made once"))
    }
}
