import NeuralNetwork
import TensorCore
import Testing

@testable import ModelFormats

@Suite("Writing ONNX")
struct ONNXWriterTests {
    static let goldens = [
        "branches", "constants", "convolutions", "element-types", "everything", "external", "not-finite", "products",
        "recurrent", "shapes-opset21", "shapes-opset7", "sparse",
    ]

    static func golden(_ name: String) throws -> Model {
        try ModelFile.open(path: Goldens.folder + "onnx/\(name).onnx")
    }

    @Test("What is written reads back as it was", arguments: goldens)
    func roundTrip(name: String) throws {
        let folder = TemporaryFolder()
        let model = try Self.golden(name)
        let path = folder.reserve("out.onnx")
        try ModelFile.write(model, to: path)
        let again = try ModelFile.open(path: path)
        #expect(ModelDescription.lines(of: again) == ModelDescription.lines(of: model))
        #expect(again.macs == model.macs)
        // Once more, so that what the first writing put in order is seen to stay so.
        let second = folder.reserve("second.onnx")
        try ModelFile.write(again, to: second)
        #expect(try Goldens.bytes(path) == Goldens.bytes(second))
    }

    @Test("The account is the file to the byte, and the structure is what is left of it without tensors", arguments: goldens)
    func account(name: String) throws {
        let folder = TemporaryFolder()
        let model = try Self.golden(name)
        let path = folder.reserve("out.onnx")
        try ModelFile.write(model, to: path)
        let again = try ModelFile.open(path: path)
        let account = try #require(ONNXWriter(model)).account()
        #expect(account.fileByteCount == again.fileByteCount)
        let structure = ONNXWriter.structureByteCount(of: model)
        #expect(structure == ONNXWriter.structureByteCount(of: again))
        // What a sparse tensor holds is passed on with the structure.
        guard try #require(model.graph).encodedInitializers.isEmpty else { return }
        let payload = again.fileByteCount - again.structureByteCount
        // Each tensor's data has a tag and a length, and makes the lengths around it longer.
        #expect(structure + payload <= again.fileByteCount)
        #expect(structure + payload + 12 * again.tensors.count + 8 >= again.fileByteCount)
    }

    @Test("Elements of every type are written as they are stored")
    func elementTypes() throws {
        var model = try Self.golden("element-types")
        var graph = try #require(model.graph)
        for name in graph.initializers.keys.sorted() {
            graph.nodes.append(Node(operation: "Identity", inputs: [name], outputs: ["\(name)_out"]))
        }
        model.graph = graph
        let again = try written(model)
        // A typed and a raw tensor of a type are equal, so one of them is enough.
        let contents = try Set(model.tensors.map { "\($0.tensor.elementType)\(try ModelDescription.hash($0.tensor.read().storage))" })
        #expect(try Set(again.tensors.map { "\($0.tensor.elementType)\(try ModelDescription.hash($0.tensor.read().storage))" }) == contents)
        #expect(again.tensors.count == contents.count)
    }

    @Test("Equal initializers are written once, outputs keep their names, and what nobody reads is left out")
    func duplicates() throws {
        let model = try Self.golden("everything")
        let graph = try #require(try written(model).graph)
        #expect(graph.initializers["twin_a"] != nil)
        #expect(graph.initializers["twin_out"] != nil)
        #expect(graph.initializers["twin_b"] == nil)
        #expect(graph.initializers["unread"] == nil)
        #expect(graph.nodes.filter { $0.operation == "Add" }.allSatisfy { $0.inputs[1] == "twin_a" })
        guard case .graph(let branch) = graph.nodes.first(where: { $0.name == "if" })?.attributes["then_branch"] else {
            Issue.record("no branch")
            return
        }
        #expect(branch.nodes[0].inputs == ["sum_b", "twin_a"])
        #expect(branch.initializers.keys.sorted() == ["inner_b"])
    }

    @Test("A name that a subgraph defines itself is not given to another tensor")
    func shadowing() throws {
        let tensor = Tensor([1, 2], shape: [2])
        var inner = Graph(name: "inner", outputs: [ValueInfo(name: "a", elementType: nil, dimensions: nil)])
        inner.nodes = [Node(operation: "Neg", inputs: ["b"], outputs: ["a"])]
        let graph = Graph(
            name: "outer", nodes: [Node(operation: "If", inputs: ["x"], outputs: ["y"], attributes: ["then_branch": .graph(inner)])],
            initializers: ["a": 0, "b": 1])
        let stored = ["a", "b"].map { StoredTensor(name: $0, tensor: tensor) }
        #expect(graph.sharingEqualInitializers(tensors: stored).initializers == ["a": 0, "b": 1])
    }

    @Test("Deferred tensors are worked out when they are written, and no two are taken for equal before")
    func deferred() throws {
        var model = try Self.golden("products")
        let reads = Counter()
        model.tensors = try model.tensors.map { stored in
            let bytes = try stored.tensor.read().storage.withUnsafeBytes { Array($0) }
            let deferred = DeferredBytes(byteCount: bytes.count) {
                reads.increment()
                return bytes
            }
            let tensor = TensorSource(
                shape: stored.tensor.shape, elementType: stored.tensor.elementType, deferred: deferred)
            return StoredTensor(name: stored.name, tensor: tensor)
        }
        let account = try #require(ONNXWriter(model)).account()
        #expect(reads.count == 0)
        let again = try written(model)
        #expect(again.fileByteCount == account.fileByteCount)
        #expect(reads.count == again.tensors.count)
        #expect(ModelDescription.lines(of: again) == ModelDescription.lines(of: try Self.golden("products")))
    }

    @Test("A model without a graph, a name without a format and a tensor that is not there are told in one line")
    func refusals() throws {
        let weights = try ModelFile.open(path: Goldens.folder + "safetensors/mixed.safetensors")
        var model = try Self.golden("products")
        let refused: [(Model, String, String)] = [
            (weights, "/tmp/x.onnx", "“/tmp/x.onnx” cannot hold a model without a graph. Write it as .safetensors or .npz."),
            (model, "/tmp/x.pb", "“/tmp/x.pb” has no ending that says its format. Name it .onnx, .safetensors, .npz or .pare."),
        ]
        for (model, path, expected) in refused { #expect(writeMessage(model, path) == expected) }
        model.tensors.removeLast()
        let name = try #require(model.graph?.initializers.first { $0.value == model.tensors.count }?.key)
        #expect(writeMessage(model, "/tmp/x.onnx") == "“/tmp/x.onnx” cannot be written: tensor “\(name)” is missing.")
    }
}

/// Writes a model and opens what was written; the file is gone then, but stays mapped.
func written(_ model: Model, as name: String = "out.onnx") throws -> Model {
    let folder = TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder.reserve(name)
    try ModelFile.write(model, to: path)
    return try ModelFile.open(path: path)
}

/// The message of the error that writing throws.
func writeMessage(_ model: Model, _ path: String) -> String? {
    do throws(ModelWriteError) {
        try ModelFile.write(model, to: path)
        return nil
    } catch { return error.message }
}
