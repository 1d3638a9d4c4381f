import Basics
import Execution
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Networks

@Suite("Networks to train")
struct DefinitionTests {
    private static let names = NetworkDefinition.all.map(\.name)

    @Test("Every network has the parameters that its paper counts, or few enough")
    func parameters() {
        let counts = Dictionary(uniqueKeysWithValues: NetworkDefinition.all.map { ($0.name, $0.model(seed: 1).parameterCount) })
        #expect(counts["lenet-300-100"] == 266_610)
        #expect(counts["lenet-5"] == 431_080)
        // A gate has a row of W and R and two biases for each unit.
        #expect(counts["lstm-rows"] == 4 * 128 * (28 + 128 + 2) + 1290)
        #expect(counts["gru-rows"] == 3 * 128 * (28 + 128 + 2) + 1290)
        #expect(counts["char-lstm"] == 65 * 64 + 4 * 128 * (64 + 128 + 2) + 4 * 128 * (128 + 128 + 2) + 129 * 65)
        #expect((250_000...500_000).contains(counts["inception-small"] ?? 0))
    }

    @Test("Layers have names a recipe can be written with")
    func layers() throws {
        func names(_ name: String) throws -> [String] { try #require(NetworkDefinition.named(name)).model(seed: 1).layers.map(\.name) }
        #expect(try names("lenet-5") == ["conv1", "conv2", "fc1", "fc2"])
        #expect(try names("lenet-300-100") == ["fc1", "fc2", "fc3"])
        #expect(try names("lstm-rows") == ["lstm/W", "lstm/R", "fc"])
        #expect(try names("char-lstm") == ["embed", "lstm0/W", "lstm0/R", "lstm1/W", "lstm1/R", "project"])
        #expect(try names("inception-small").count == 1 + 4 * 6 + 1)
    }

    @Test("The same seed draws the same network, another one another", arguments: names)
    func seeds(_ name: String) throws {
        let definition = try #require(NetworkDefinition.named(name))
        func bytes(_ seed: UInt64) throws -> [[UInt8]] {
            try definition.model(seed: seed).tensors.map { try $0.tensor.read().storage.withUnsafeBytes { Array($0) } }
        }
        #expect(try bytes(3) == bytes(3))
        #expect(try bytes(3) != bytes(4))
    }

    @Test("First weights spread as He and Glorot have them")
    func spread() throws {
        func deviation(_ name: String, _ tensor: String) throws -> Double {
            let model = NetworkDefinition.named(name)?.model(seed: 5)
            let values = try model?.tensors.first { $0.name == tensor }?.tensor.floats() ?? []
            let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
            return (values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)).squareRoot()
        }
        #expect(try abs(deviation("lenet-300-100", "fc1.weight") / (2.0 / 784).squareRoot() - 1) < 0.01)
        #expect(try abs(deviation("lenet-5", "fc1.weight") / (1.0 / 800).squareRoot() - 1) < 0.01)
        #expect(try abs(deviation("gru-rows", "gru.R") / (1.0 / 128 / 3).squareRoot() - 1) < 0.01)
    }

    @Test("A file of the network opens as what was written", arguments: names)
    func files(_ name: String) throws {
        let definition = try #require(NetworkDefinition.named(name))
        let file = TemporaryFile("onnx")
        let model = definition.model(seed: 2)
        try ModelFile.write(model, to: file.path)
        let read = try ModelFile.open(path: file.path)
        #expect(read.layers.map(\.name) == model.layers.map(\.name))
        #expect(read.layers.map(\.shape) == model.layers.map(\.shape))
        #expect(read.macs == model.macs && model.macs.count ?? 0 > 0)
        // Equal tensors, such as norms before training, are written once.
        #expect(read.parameterCount == ONNXWriter(model)?.account().parameterCount)
        #expect(read.format == model.format && read.provenance.formatVersion == 7)
        #expect(read.graph?.symbols == (definition.dataKind == .text ? ["T", "B"] : ["N"]))
    }

    @Test("An image has the same scores whatever batch it is in", arguments: names.filter { $0 != "char-lstm" && $0 != "dcgan" })
    func batches(_ name: String) throws {
        let definition = try #require(NetworkDefinition.named(name))
        let shape = try #require(definition.sampleShape)
        var random = SeededRandom(seed: 8)
        let images = (0..<3 * shape.count).map { _ in Float(random.uniform()) }
        func scores(_ batch: Int, _ images: ArraySlice<Float>) throws -> [Float] {
            let program = try Program(definition.model(seed: 2), shapes: ["image": Shape([batch] + shape.dimensions)])
            let weights = try Weights(of: program)
            let instance = try Instance(program, weights: weights)
            _ = instance.input(0).bindMemory(to: Float.self).update(fromContentsOf: images)
            try instance.run(weights)
            return Array(instance.output(0).bindMemory(to: Float.self))
        }
        let together = try scores(3, images[...])
        let alone = try scores(1, images[shape.count..<2 * shape.count])
        #expect(together.count == 30 && alone.count == 10)
        #expect(zip(together[10..<20], alone).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
        #expect(Set(together).count > 20)
    }

    @Test("A character network has as many scores as the text has symbols")
    func symbols() throws {
        let model = try #require(NetworkDefinition.named("char-lstm")).model(seed: 1, outputs: 12)
        #expect(model.graph?.outputs.first?.dimensions?.last == .fixed(12))
        #expect(model.layers.first?.shape == [12, 64])
    }
}
