import ModelFormats
import NeuralNetwork
import Testing

@Suite("GGUF")
struct GGUFTests {
    static let folder = Goldens.folder + "gguf/"

    @Test(
        "Every tensor is the one that was written, mapped, and quantized ones are named by the format",
        arguments: [("package.gguf", "GGUF, version 3, without 2 Q8_0, 1 Q4_0"), ("aligned.gguf", "GGUF, version 2")])
    func cases(file: String, format: String) throws {
        let model = try ModelFile.open(path: Self.folder + file)
        #expect(model.format == format)
        try GoldenTensors("gguf/cases.tsv").check(model, file: file)
        for stored in model.tensors {
            guard case .stored(.mapped) = stored.tensor.bytes else {
                Issue.record("\(stored.name) was copied")
                continue
            }
        }
        #expect(model.structureByteCount + model.tensors.reduce(0) { $0 + $1.tensor.byteCount } == model.fileByteCount)
    }

    @Test(
        "What cannot be read is refused in one line",
        arguments: [
            ("quantized.gguf", "holds quantized tensors alone (1 Q4_K, 1 type 77). Get the model in F32"),
            ("overlap.gguf", "tensor “b” should be behind tensor “a”, found overlapping it."),
            ("version1.gguf", "the version at byte 4 is 1."),
        ])
    func refusals(file: String, expected: String) throws {
        let line = message { () throws(ModelFileError) in try ModelFile.open(path: Self.folder + file) }
        #expect(line?.contains(expected) == true, "\(line ?? "opened")")
    }

    @Test("A file cut off at any byte throws", arguments: ["package.gguf", "aligned.gguf"])
    func truncation(file: String) throws {
        let bytes = try Goldens.bytes(Self.folder + file)
        let folder = TemporaryFolder()
        // The last bytes are a quantized tensor, or padding.
        for count in 4..<bytes.count - (file == "package.gguf" ? 32 : 0) {
            let result = HostilityTests.attempt(Array(bytes[..<count]), "cut.gguf", in: folder)
            #expect(result.contains("cut off") || result.contains("damaged"), "\(count): \(result)")
        }
    }

    @Test("Any byte of the header may be any other: it throws or opens", arguments: ["package.gguf", "aligned.gguf"])
    func damage(file: String) throws {
        let bytes = try Goldens.bytes(Self.folder + file)
        let folder = TemporaryFolder()
        for place in 4..<bytes.count {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var damaged = bytes
                damaged[place] = value
                #expect(!HostilityTests.attempt(damaged, "damaged.gguf", in: folder).contains("\n"))
            }
        }
    }
}
