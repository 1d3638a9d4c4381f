import Glibc
import ModelFormats
import NeuralNetwork
import Testing

/// Encodings that libraries do not write but the wire format allows.
@Suite("ONNX on the wire")
struct ONNXWireTests {
    static func tensor(_ fields: [UInt8], name: String = "w", dims: [Int] = [3], type: Int = 1) -> [UInt8] {
        Wire.message(5, dims.flatMap { Wire.number(1, $0) } + Wire.number(2, type) + Wire.text(8, name) + fields)
    }

    static func floats(_ tensor: [UInt8]) throws -> [Float] {
        let model = try open(Wire.model(tensor), as: "case.onnx")
        return try #require(model.tensors.first).tensor.floats()
    }

    @Test("Elements one by one, packed in parts, and mixed are the same tensor")
    func unpackedElements() throws {
        let bits = [Float(1), 2.5, -3].map { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        let single = [Float(1), 2.5, -3].flatMap { Wire.float(4, $0) }
        let parts = Wire.message(4, bits[0]) + Wire.message(4, bits[1] + bits[2])
        let mixed = Wire.float(4, 1) + Wire.message(4, bits[1] + bits[2])
        for field in [single, parts, mixed, Wire.message(4, bits.flatMap(\.self))] {
            #expect(try Self.floats(Self.tensor(field)) == [1, 2.5, -3])
        }
    }

    @Test("Half-precision patterns in int32_data are read one by one and packed")
    func halfPatterns() throws {
        let patterns = [0x3c00, 0xc000, 0x0001]
        let single = patterns.flatMap { Wire.number(5, $0) }
        let packed = Wire.message(5, patterns.flatMap { Wire.varint(UInt64($0)) })
        for field in [single, packed] {
            #expect(try Self.floats(Self.tensor(field, type: 10)) == [1, -2, 0x1p-24])
        }
        #expect(try Self.floats(Self.tensor(packed, type: 16)) == [0x1p-7, -2, Float(bitPattern: 0x10000)])
    }

    @Test("Negative integers are sign-extended numbers of ten bytes")
    func negativeIntegers() throws {
        let model = try open(
            Wire.model(Self.tensor([-1, 2, -70000].flatMap { Wire.number(5, $0) }, type: 6)), as: "case.onnx")
        let values = try model.tensors[0].tensor.read().storage.withUnsafeBytes { bytes in
            (0..<3).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
        }
        #expect(values == [-1, 2, -70000])
    }

    @Test("A file cannot smuggle in where its tensors lie")
    func privateFieldIsDropped() throws {
        let place = Wire.number(1, 9) + Wire.number(2, 1) + Wire.number(3, 0) + Wire.number(4, 12)
        let error = message { () throws(ModelFileError) in
            try open(Wire.model(Self.tensor(Wire.message(536_870_000, place))), as: "case.onnx")
        }
        #expect(error?.contains("“w” should be 3 elements, found no data") == true)
    }

    @Test("Sizes that differ from the shape name the tensor")
    func mismatches() {
        let cases: [([UInt8], String)] = [
            (Self.tensor(Wire.message(9, [0, 0, 0, 0])), "12 bytes of float32 for 3, found 4"),
            (Self.tensor(Wire.float(4, 1)), "3 elements for 3, found 1"),
            (Self.tensor(Wire.message(4, [1, 2, 3])), "found 3 bytes of float32"),
            (Self.tensor(Wire.float(4, 1), type: 10), "float16 in int32_data, found data in float_data"),
            (Self.tensor([], dims: [-1]), "of a possible shape, found [-1]"),
            (Self.tensor([], dims: [1 << 40, 1 << 40]), "of a possible shape"),
            (Self.tensor([], dims: [1 << 61]), "a tensor that fits in memory"),
            (Self.tensor([], type: 0), "of a known element type, found type 0"),
        ]
        for (fields, expected) in cases {
            let found = message { () throws(ModelFileError) in try open(Wire.model(fields), as: "case.onnx") }
            #expect(found?.contains("tensor “w”") == true)
            #expect(found?.contains(expected) == true, "\(found ?? "opened")")
        }
    }

    @Test("Tensors beyond the second gigabyte are found, and their bytes are not read")
    func largeFile() throws {
        // 3 GiB of zeros that take no room on the disk, then a small tensor.
        let byteCount = 3 << 30
        let shape = Wire.number(1, 1024) + Wire.number(1, byteCount / 4096) + Wire.number(2, 1) + Wire.text(8, "large")
        let large = shape + Wire.varint(9 << 3 | 2) + Wire.varint(UInt64(byteCount))
        let small = Self.tensor(Wire.message(9, [0, 0, 0x80, 0x3f]), name: "small", dims: [1])
        let graph = Wire.varint(5 << 3 | 2) + Wire.varint(UInt64(large.count + byteCount)) + large
        let length = Wire.varint(UInt64(graph.count + byteCount + small.count))
        let folder = TemporaryFolder()
        let path = folder.write(Wire.number(1, 8) + Wire.varint(7 << 3 | 2) + length + graph, "large.onnx")
        let file = try #require(fopen(path, "a"))
        let position = ftell(file)
        ftruncate(fileno(file), position + byteCount)
        fwrite(small, 1, small.count, file)
        fclose(file)
        let model = try ModelFile.open(path: path)
        #expect(model.tensors.map(\.name) == ["large", "small"])
        #expect(model.tensors[0].tensor.byteCount == byteCount)
        #expect(try model.tensors[1].tensor.floats() == [1])
        #expect(model.structureByteCount < 100)
    }

    @Test("Subgraphs nested without end are refused")
    func deepNesting() {
        var graph: [UInt8] = []
        for _ in 0..<200 {
            graph = Wire.node("If", ["c"], ["y"], Wire.message(5, Wire.text(1, "then_branch") + Wire.message(6, graph)))
        }
        let found = message { () throws(ModelFileError) in try open(Wire.model(graph), as: "deep.onnx") }
        #expect(found?.contains("at most 96 nested messages, found more") == true)
    }

    @Test("Thirty nested subgraphs open")
    func nesting() throws {
        var graph: [UInt8] = Wire.node("Identity", ["x"], ["y"])
        for _ in 0..<30 {
            graph = Wire.node(
                "If", ["c"], ["y"],
                Wire.message(5, Wire.text(1, "then_branch") + Wire.number(20, 5) + Wire.message(6, graph)))
        }
        #expect(try open(Wire.model(graph), as: "nested.onnx").graph?.nodes.count == 1)
    }

    @Test("A graph that is not a file of its own kind says so")
    func strangers() {
        let cases: [([UInt8], String, String)] = [
            (Array("PK\u{3}\u{4}....archive/data.pkl".utf8), "a.pth", "is cut off"),
            ([0x80, 0x02, 0x8a, 0x0a], "a.th", "is cut off"),
            ([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], "a.h5", "libhdf5"),
            (Array("PK\u{3}\u{4}....x.npy".utf8), "a.npz", "is cut off"),
            (Array("version https://git-lfs.github.com/spec/v1".utf8), "a.onnx", "is a Git LFS pointer"),
            (Array("<!DOCTYPE html>".utf8), "a.onnx", "is a web page"),
            (Array("GGUF....".utf8), "a.gguf", "GGUF of versions 2 and 3"),
            (Array("hello".utf8), "a.txt", "is no model file that Pare knows"),
            (Array("hello, this is text".utf8), "a.onnx", "is damaged"),
            ([0x08, 0x08], "a.onnx", "no graph"),
        ]
        for (bytes, name, expected) in cases {
            let found = message { () throws(ModelFileError) in try open(bytes, as: name) }
            #expect(found?.contains(expected) == true, "\(found ?? "opened")")
            #expect(found?.contains("\n") == false)
        }
    }

    @Test("Paths that are no files say so")
    func paths() {
        let open = { (path: String) in message { () throws(ModelFileError) in try ModelFile.open(path: path) } }
        #expect(open("/nonexistent/a.onnx") == "“/nonexistent/a.onnx”: there is no such file. Check the path and its permissions.")
        #expect(open("/tmp") == "“/tmp” is a folder. Name the model file in it.")
        #expect(open("/dev/null")?.contains("is not a regular file") == true)
    }

    @Test("An empty file says so")
    func empty() {
        let found = message { () throws(ModelFileError) in try ModelFormatsTests.open([], as: "a.onnx") }
        #expect(found?.hasSuffix("a.onnx” is empty. Copy or download it again.") == true)
    }

    @Test("External data outside of the folder, or missing, is refused")
    func externalPaths() throws {
        func external(_ location: String) -> [UInt8] {
            let entry = Wire.message(13, Wire.text(1, "location") + Wire.text(2, location))
            return Wire.model(Self.tensor(entry + Wire.number(14, 1)))
        }
        for location in ["/etc/passwd", "../w.bin", "a/../../w.bin", ""] {
            let found = message { () throws(ModelFileError) in try open(external(location), as: "a.onnx") }
            #expect(found?.contains("outside of the model's folder") == true, "\(found ?? "opened")")
        }
        let found = message { () throws(ModelFileError) in try open(external("w.bin"), as: "a.onnx") }
        #expect(found?.contains("tensor “w” is in “/tmp/pare-tests-") == true)
        #expect(found?.contains("which is missing") == true)

        let folder = TemporaryFolder()
        _ = folder.write([1, 2, 3, 4], "w.bin")
        let path = folder.write(external("w.bin"), "a.onnx")
        let short = message { () throws(ModelFileError) in try ModelFile.open(path: path) }
        #expect(short?.contains("tensor “w” needs 12 bytes, 4 are left") == true)
    }
}
