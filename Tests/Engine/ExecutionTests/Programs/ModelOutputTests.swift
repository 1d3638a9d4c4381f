import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

/// What ONNX Runtime computed for a model; made by Tests/Generators/make_model_outputs.py.
struct ModelCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Output: Decodable, Sendable {
        var name: String
        var shape: [Int]
        var step: Int
        var largest: Double
        var values: [Double]
    }

    var model: String
    var inputs: [String: [Int]]
    var bound: [String: Int]
    var outputs: [Output]

    var testDescription: String { "\(model) \(bound)" }

    static let all: [ModelCase] = {
        guard let url = Bundle.module.url(forResource: "models", withExtension: "json", subdirectory: "Goldens"),
            let data = try? Data(contentsOf: url), let cases = try? JSONDecoder().decode([ModelCase].self, from: data)
        else { return [] }
        return cases
    }()

    static var folder: String { ProcessInfo.processInfo.environment["PARE_TEST_DATA"] ?? "../shared" }
    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/models") }

    var shapes: [String: Shape] { inputs.mapValues { Shape($0) } }

    /// The inputs' formula, as the generator has it.
    func fill(_ instance: Instance, seeds: [String: Int]) {
        for (index, port) in instance.program.inputs.enumerated() {
            let bytes = instance.input(index)
            let seed = seeds[port.name] ?? 0
            if let value = bound[port.name] {
                bytes.storeBytes(of: Int64(value), as: Int64.self)
            } else if port.elementType == .int64 {
                for i in 0..<bytes.count / 8 { bytes.storeBytes(of: Int64((i * 7 + 3 + seed) % 60), toByteOffset: i * 8, as: Int64.self) }
            } else {
                for i in 0..<bytes.count / 4 {
                    let number = Float(Double((i * 48271 + 7919 * (seed + 1)) % 65521) / 32760.5 - 1)
                    bytes.storeBytes(of: number, toByteOffset: i * 4, as: Float.self)
                }
            }
        }
    }
}

@Suite("Models compute what ONNX Runtime computes")
struct ModelOutputTests {
    @Test("The cases are there")
    func casesAreThere() { #expect(ModelCase.all.count >= 14) }

    @Test(
        "Every output is within 1e-4 of ONNX Runtime's",
        .enabled(if: ModelCase.isThere, "the shared models are not there (PARE_TEST_DATA)"),
        arguments: ModelCase.all, [false, true])
    func outputs(_ example: ModelCase, isBound: Bool) throws {
        let model = try ModelFile.open(path: "\(ModelCase.folder)/models/\(example.model).onnx")
        var shapes = example.shapes
        var bound: [String: Tensor] = [:]
        for (name, value) in example.bound {
            let tensor = withUnsafeBytes(of: Int64(value)) { Tensor(shape: [], elementType: .int64, storage: .owned(Array($0))) }
            if isBound { bound[name] = tensor } else { shapes[name] = [] }
        }
        let program = try Program(model, shapes: shapes, bound: bound)
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        let names = (model.graph?.inputs ?? []).map(\.name)
        let seeds = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        example.fill(instance, seeds: seeds)
        try instance.run(weights)
        for (index, expected) in example.outputs.enumerated() {
            #expect(program.outputs[index].shape.dimensions == expected.shape)
            let values = instance.output(index).assumingMemoryBound(to: Float.self)
            var worst = 0.0
            for (position, value) in expected.values.enumerated() {
                let computed = Double(values[position * expected.step])
                // Sigmoids far from their middle are where ONNX Runtime approximates: hence the millionth.
                worst = max(worst, (abs(computed - value) - 1e-6) / (abs(value) + 0.1 * expected.largest))
            }
            #expect(worst < 1e-4, "\(expected.name)")
        }
    }
}
