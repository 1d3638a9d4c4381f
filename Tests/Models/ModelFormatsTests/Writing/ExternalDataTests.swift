import Glibc
import NeuralNetwork
import TensorCore
import Testing

@testable import ModelFormats

@Suite("Writing external data")
struct ExternalDataTests {
    /// A model that joins vectors w0, w1, …
    static func model(_ tensors: [StoredTensor]) -> Model {
        let names = tensors.map(\.name)
        let graph = Graph(
            name: "large", nodes: [Node(operation: "Concat", inputs: names, outputs: ["y"], attributes: ["axis": .integer(0)])],
            outputs: [
                ValueInfo(
                    name: "y", elementType: .float32,
                    dimensions: [.fixed(tensors.reduce(0) { $0 + $1.tensor.count })])
            ],
            initializers: Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }), operatorSets: ["": 13])
        return Model(
            name: "large", format: "", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: graph, layers: [],
            macs: .counted(0))
    }

    @Test("A large model's long initializers lie beside it, each on a page, and short ones within")
    func external() throws {
        let folder = TemporaryFolder()
        let path = folder.reserve("out.onnx")
        _ = folder.reserve("out.onnx.data")
        let sizes = [300, 7, 2000, 256, 255]
        let tensors = sizes.enumerated().map { index, count in
            StoredTensor(name: "w\(index)", tensor: Tensor((0..<count).map { Float(index * 5000 + $0) }, shape: [count]))
        }
        let model = Self.model(tensors)
        var writer = try #require(ONNXWriter(model))
        writer.smallestExternal = 4096
        try writer.write(to: path)
        let again = try ModelFile.open(path: path)
        #expect(writer.account(path: path).fileByteCount == again.fileByteCount)
        #expect(try again.tensors.map { try $0.tensor.floats() } == tensors.map { try $0.tensor.floats() })
        var external = 0
        for stored in again.tensors {
            guard case .stored(.mapped(let file, let range)) = stored.tensor.bytes else { continue }
            #expect((file.path == path + ".data") == (stored.tensor.byteCount >= 1024), "\(stored.name)")
            if file.path != path {
                external += 1
                #expect(range.lowerBound % 4096 == 0)
            }
        }
        #expect(external == 3)
        // A smaller model at the same place leaves the data alone: it may belong to another.
        try ModelFile.write(ONNXWriterTests.golden("sparse"), to: path)
        #expect(access(path + ".data", F_OK) == 0)
    }

    @Test("A model beyond 2 GiB opens again", .enabled(if: getenv("PARE_TEST_LARGE") != nil, "set PARE_TEST_LARGE; it takes 2.3 GB of disk"))
    func large() throws {
        let folder = TemporaryFolder()
        let path = folder.reserve("out.onnx")
        _ = folder.reserve("out.onnx.data")
        let count = 300_000_000
        let tensors = (0..<2).map { index in
            let bytes = DeferredBytes(byteCount: 4 * count) { [UInt8](repeating: UInt8(index + 1), count: 4 * count) }
            return StoredTensor(
                name: "w\(index)", tensor: TensorSource(shape: [count], elementType: .float32, deferred: bytes))
        }
        try ModelFile.write(Self.model(tensors), to: path)
        let again = try ModelFile.open(path: path)
        #expect(again.fileByteCount > 8 * count)
        for (index, stored) in again.tensors.enumerated() {
            try stored.tensor.read().storage.withUnsafeBytes { bytes in
                #expect(bytes.count == 4 * count && bytes[0] == UInt8(index + 1) && bytes[4 * count - 1] == UInt8(index + 1))
            }
        }
    }
}
