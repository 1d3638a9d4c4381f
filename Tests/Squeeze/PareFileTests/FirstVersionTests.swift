import Foundation
import ModelFormats
import NeuralNetwork
import PareFile
import TensorCore
import Testing

/// The goldens `*.v1.pare` were written by the Pare that had the first version, and decompressed by it.
@Suite("Files of the first version")
struct FirstVersionTests {
    @Test("They hold what they held", arguments: [("graph.v1.pare", "graph.v1.onnx"), ("weights.v1.pare", "weights.v1.safetensors")])
    func values(name: String, decompressed: String) throws {
        let file = MemoryFile(try golden(name))
        let reader = try PareReader(file.file)
        try reader.verify()
        #expect(reader.recipe.contains("sparsity: 0.4"))
        let model = try reader.model()
        let url = try #require(Bundle.module.url(forResource: decompressed, withExtension: nil, subdirectory: "Goldens"))
        let expected = try ModelFile.open(path: url.path)
        #expect(model.layers.map(\.name) == expected.layers.map(\.name) && !model.layers.isEmpty)
        #expect(model.provenance.opaqueTensors.map(\.name) == expected.provenance.opaqueTensors.map(\.name))
        let found = Dictionary(model.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        #expect(found.count == expected.tensors.count)
        for stored in expected.tensors {
            let tensor = try #require(found[stored.name]).read()
            #expect(try tensor.shape == stored.tensor.shape && tensor.bytes == stored.tensor.read().bytes, "\(stored.name)")
        }
    }
}
