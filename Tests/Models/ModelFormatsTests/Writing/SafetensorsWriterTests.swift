import ModelFormats
import NeuralNetwork
import Testing

@Suite("Writing safetensors")
struct SafetensorsWriterTests {
    @Test("A file of the format's own library is written again byte for byte")
    func library() throws {
        let folder = TemporaryFolder()
        for name in ["mixed", "model-00001-of-00002"] {
            let source = Goldens.folder + "safetensors/\(name).safetensors"
            let path = folder.reserve("out.safetensors")
            let model = try ModelFile.open(path: source)
            try ModelFile.write(model, to: path)
            #expect(try Goldens.bytes(path) == Goldens.bytes(source), "\(name)")
            #expect(SafetensorsWriter(model).fileByteCount == model.fileByteCount)
        }
    }

    @Test("Shards become one file")
    func shards() throws {
        let model = try ModelFile.open(path: Goldens.folder + "safetensors/model.safetensors.index.json")
        let again = try written(model, as: "out.safetensors")
        #expect(again.format == "safetensors")
        func contents(_ model: Model) throws -> Set<String> {
            try Set(model.tensors.map { "\($0.name) \($0.tensor.shape) \(try ModelDescription.hash($0.tensor.read().storage))" })
        }
        #expect(try contents(again) == contents(model))
        #expect(again.tensors.count == model.tensors.count)
    }

    @Test("Types nobody reads, metadata and names that need escapes are kept")
    func opaque() throws {
        let header = """
            {"__metadata__": {"a\\"b": "c\\n"}, "c": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}, \
            "tab\\t\\u0001\\\\é": {"dtype": "F32", "shape": [], "data_offsets": [8, 12]}, \
            "empty": {"dtype": "I64", "shape": [0, 3], "data_offsets": [12, 12]}}
            """
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        let model = try open(length + Array(header.utf8) + Array(1...12), as: "in.safetensors")
        let again = try written(model, as: "out.safetensors")
        #expect(again.tensors.map(\.name) == ["empty", "tab\t\u{1}\\é"])
        #expect(again.tensors.map(\.tensor.shape) == [[0, 3], []])
        #expect(try again.tensors[1].tensor.read().storage.withUnsafeBytes { Array($0) } == [9, 10, 11, 12])
        let opaque = try #require(again.provenance.opaqueTensors.first)
        #expect(opaque.name == "c" && opaque.type == "C64" && opaque.dimensions == [1])
        #expect(opaque.storage.withUnsafeBytes { Array($0) } == Array(1...8))
        let metadata = try #require(again.provenance.fields.first).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(metadata.contains("{\"a\\\"b\": \"c\\n\"}"))
        #expect(again.structureByteCount % 8 == 0)
    }

    @Test("Of a model with a graph, the tensors that nodes read are written, each name once")
    func graph() throws {
        let model = try ModelFile.open(path: Goldens.folder + "onnx/everything.onnx")
        let again = try written(model, as: "out.safetensors")
        let names = again.tensors.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("twin_a") && names.contains("inner_b") && !names.contains("unread") && !names.contains("twin_b"))
        var reserved = model
        reserved.graph?.nodes.append(Node(operation: "Relu", inputs: ["__metadata__"], outputs: ["z"]))
        reserved.graph?.initializers["__metadata__"] = 0
        #expect(try written(reserved, as: "out.safetensors").tensors.contains { $0.name == "__metadata__#2" })
    }
}
