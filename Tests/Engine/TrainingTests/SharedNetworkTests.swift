import Basics
import Execution
import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Training

@Suite("Networks of the shared folder")
struct SharedNetworkTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var shapes: [String: Shape]
        var loss = Loss.crossEntropy
        var statistics = TrainingOptions.Statistics.batch
        var testDescription: String { file }
    }

    private static let cases = [
        Case(file: "lenet5.onnx", shapes: ["input": [4, 1, 32, 32]]), Case(file: "resnet20.onnx", shapes: ["input": [4, 3, 32, 32]]),
        Case(file: "resnet8.onnx", shapes: ["input": [4, 3, 32, 32]]), Case(file: "mnist-cnn.onnx", shapes: ["input": [4, 1, 28, 28]]),
        Case(file: "mnist-cntk.onnx", shapes: ["Input3": [1, 1, 28, 28]]),
        Case(file: "googlenet.onnx", shapes: ["data": [1, 3, 224, 224]]),
        Case(file: "squeezenet.onnx", shapes: ["data": [2, 3, 224, 224]]),
        Case(file: "mobilenet-025.onnx", shapes: ["input": [2, 3, 224, 224]], statistics: .frozen),
        Case(file: "dcgan-generator.onnx", shapes: ["input": [4, 64, 1, 1]], loss: .meanSquaredError),
        Case(
            file: "char-rnn.onnx",
            shapes: ["tokens": [8, 4], "h0": [1, 4, 128], "c0": [1, 4, 128], "h1": [1, 4, 128], "c1": [1, 4, 128]]),
    ]

    private static var folder: String { ProcessInfo.processInfo.environment["PARE_TEST_DATA"] ?? "../shared" }

    /// A network in training, with fixed random inputs and targets.
    private struct Bench {
        var instance: TrainingInstance
        var loss: Loss
        var inputs: [[UInt8]] = []
        var labels: [Int32] = []
        var targets: [Float] = []
        var layout: ClassLayout

        init(_ golden: Case) throws {
            let model = try ModelFile.open(path: SharedNetworkTests.folder + "/models/" + golden.file)
            var options = TrainingOptions()
            options.threads = 2
            options.statistics = golden.statistics
            options.readsLogits = golden.loss != .meanSquaredError
            let program = try TrainingProgram(model, shapes: golden.shapes, options: options)
            instance = try TrainingInstance(program)
            loss = golden.loss
            layout = ClassLayout(program.outputs[0].shape, axis: program.classAxes[0])
            var random = SeededRandom(seed: 11)
            for port in program.inputs {
                if port.elementType == .float32 {
                    let values = (0..<port.shape.count).map { _ in Float(random.uniform() * 2 - 1) }
                    inputs.append(values.withUnsafeBytes { Array($0) })
                } else {
                    let tokens = (0..<port.shape.count).map { _ in Int64(random.next() % 40) }
                    inputs.append(tokens.withUnsafeBytes { Array($0) })
                }
            }
            labels = (0..<layout.count).map { _ in Int32(random.next() % UInt64(layout.classes)) }
            targets = (0..<program.outputs[0].shape.count).map { _ in Float(random.uniform()) }
        }

        func evaluate(backward: Bool) throws -> Double {
            for (index, bytes) in inputs.enumerated() { bytes.withUnsafeBytes { instance.input(index).copyMemory(from: $0) } }
            try instance.forward()
            let value = targets.withUnsafeBufferPointer { targets in
                loss.evaluate(
                    instance.output(0), layout, labels: loss == .crossEntropy ? labels : nil, targets: targets,
                    gradient: instance.outputGradient(0))
            }
            if backward { try instance.backward() }
            return value.loss
        }
    }

    @Test("The loss changes along the gradient as the gradient says", arguments: cases)
    func slopes(golden: Case) throws {
        guard FileManager.default.fileExists(atPath: Self.folder + "/models/" + golden.file) else {
            print("skipped: \(golden.file) is not in \(Self.folder)/models")
            return
        }
        let bench = try Bench(golden)
        let program = bench.instance.program
        _ = try bench.evaluate(backward: true)
        let trained = program.parameters.indices.filter { bench.instance.gradient($0) != nil }
        #expect(!trained.isEmpty)
        let gradients = trained.map { Array(bench.instance.gradient($0) ?? UnsafeMutableBufferPointer(start: nil, count: 0)) }
        for (position, index) in trained.enumerated() {
            #expect(gradients[position].contains { $0 != 0 }, "\(program.parameters[index].name) has no gradient")
        }
        let norm = gradients.reduce(0) { $0 + $1.reduce(0) { $0 + Double($1) * Double($1) } }.squareRoot()
        let weights = trained.map { Array(bench.instance.parameter($0)) }
        // A step that changes the loss by about 0.002: smaller ones drown in rounding, larger ones meet kinks.
        let size = 0.001 / (norm * norm)
        func loss(_ sign: Double) throws -> Double {
            for (position, index) in trained.enumerated() {
                let place = bench.instance.parameter(index)
                for element in place.indices {
                    place[element] = weights[position][element] + Float(sign * size) * gradients[position][element]
                }
            }
            return try bench.evaluate(backward: false)
        }
        let measured = (try loss(1) - loss(-1)) / (2 * size)
        #expect(abs(measured / (norm * norm) - 1) < 0.03, "\(measured) is not \(norm * norm)")
    }
}
