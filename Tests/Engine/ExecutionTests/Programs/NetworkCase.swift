import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

/// A small model's file with inputs and what ONNX Runtime makes of them, as Tests/Generators/make_networks.py writes it.
struct NetworkCase: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var model: Data
    /// Layers that Pare lists.
    var layers: Int
    var inputs: [String: OperatorCase.Value]
    var outputs: [OperatorCase.Value]

    var testDescription: String { name }

    static let all: [NetworkCase] = {
        guard let url = Bundle.module.url(forResource: "networks", withExtension: "json", subdirectory: "Goldens"),
            let data = try? Data(contentsOf: url), let cases = try? JSONDecoder().decode([NetworkCase].self, from: data)
        else { return [] }
        return cases
    }()

    /// Opens the file, which is there while `body` runs.
    func withModel<Result>(_ body: (Model) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "network-\(UUID().uuidString).onnx")
        try model.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(ModelFile.open(path: url.path))
    }

    /// Runs a model of the case's inputs.
    func run(_ model: Model) throws -> [Tensor] {
        let program = try Program(model, shapes: inputs.mapValues { Shape($0.shape) })
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        for (position, port) in program.inputs.enumerated() {
            guard let value = inputs[port.name] else { continue }
            if value.type.isReadableAsFloat {
                value.tensor.floats().withUnsafeBytes { instance.input(position).copyMemory(from: $0) }
            } else {
                instance.input(position).copyBytes(from: value.data)
            }
        }
        try instance.run(weights)
        return program.outputs.enumerated().map { position, port in
            Tensor(shape: port.shape, elementType: port.elementType, storage: .owned(Array(instance.output(position))))
        }
    }
}
