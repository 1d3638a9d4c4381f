import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Element types and local functions against ONNX Runtime")
struct NetworkGoldenTests {
    @Test("The cases are there")
    func casesAreThere() { #expect(NetworkCase.all.count >= 13) }

    /// Where the file computes in float16, ONNX Runtime rounds after every operator; Pare only where the file casts.
    private static func tolerance(of golden: NetworkCase) -> Float { golden.name.hasPrefix("float16") ? 2e-3 : 1e-5 }

    private func compare(_ results: [Tensor], _ golden: NetworkCase) {
        #expect(results.count == golden.outputs.count)
        for (result, output) in zip(results, golden.outputs) {
            let expected = output.tensor
            #expect(result.shape == expected.shape)
            for (value, wanted) in zip(result.floats(), expected.floats()) {
                #expect(abs(value - wanted) <= Self.tolerance(of: golden) * max(abs(wanted), 0.1))
            }
        }
    }

    @Test("A network computes what ONNX Runtime computes", arguments: NetworkCase.all)
    func results(_ golden: NetworkCase) throws {
        try golden.withModel { model in
            #expect(model.layers.count == golden.layers)
            compare(try golden.run(model), golden)
        }
    }

    @Test("What is written of it computes the same, and calls no function that its file does not define", arguments: NetworkCase.all)
    func written(_ golden: NetworkCase) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "written-\(UUID().uuidString).onnx")
        defer { try? FileManager.default.removeItem(at: url) }
        try golden.withModel { try #require(ONNXWriter($0)).write(to: url.path) }
        let again = try ModelFile.open(path: url.path)
        #expect(again.layers.count == golden.layers)
        compare(try golden.run(again), golden)
    }

    @Test("Weights of float16 keep their type when they are written")
    func halfWeights() throws {
        let golden = try #require(NetworkCase.all.first { $0.name.hasPrefix("float16 between") })
        try golden.withModel { model in
            #expect(model.tensors[model.layers[0].weight].tensor.elementType == .float16)
        }
    }

    @Test("A result that the file gives as float16 is one")
    func roundedResults() throws {
        let golden = try #require(NetworkCase.all.first { $0.name == "float16 throughout" })
        for value in try golden.withModel({ try golden.run($0) })[0].floats() {
            #expect(value == Float(halfPrecisionPattern: value.halfPrecisionPattern))
        }
    }
}
