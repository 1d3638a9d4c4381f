import Factorization
import Foundation
import ModelFormats
import NeuralNetwork
import Testing

/// googlenet.onnx among the shared models; nil where it is absent.
private let googlenet: String? = {
    let path = (ProcessInfo.processInfo.environment["PARE_TEST_DATA"] ?? "../shared") + "/models/googlenet.onnx"
    return FileManager.default.isReadableFile(atPath: path) ? path : nil
}()

@Suite("Ranks of GoogLeNet", .enabled(if: googlenet != nil, "the shared models are not there (PARE_TEST_DATA)"))
struct GoogLeNetRankTests {
    @Test("Automatic ranks of all 57 convolutions equal an independent implementation's")
    func ranks() throws {
        let url = try #require(Bundle.module.url(forResource: "googlenet-ranks", withExtension: "tsv", subdirectory: "Goldens"))
        let rows = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { $0.split(separator: "\t") }
        let model = try ModelFile.open(path: #require(googlenet))
        let convolutions = model.layers.filter { $0.operation == "Conv" }
        #expect(rows.count == 57 && convolutions.count == 57)
        for (row, layer) in zip(rows, convolutions) {
            let shape = layer.shape.dimensions
            let layout = KernelLayout(
                out: shape[0], in: shape[1], window: shape.dropFirst(2).reduce(1, *), order: .outFirst)
            let table = try EnergyTable(model.tensors[layer.weight].tensor.read(), layout: layout)
            let expected = Ranks(out: try #require(Int(row[1])), in: try #require(Int(row[2])))
            #expect(table.automaticRanks?.ranks == expected, "\(row[0])")
        }
    }
}
