import Basics
import Datasets
import Evaluation
import Foundation
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Importance

/// What PyTorch says of a small network: the gradients of each sample (all labels of one, then those of the next) at its weights.
private struct Golden: Decodable {
    var x: [Float]
    var logits: [Double]
    var weights: [String: [Float]]
    var gradients: [String: [[Double]]]

    static let names = ["conv1", "conv2", "w", "r", "fc"]
    static let classes = 3

    static func load() throws -> Golden {
        let url = try #require(Bundle.module.url(forResource: "gradients", withExtension: "json", subdirectory: "Goldens"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    var model: Model {
        var builder = GraphBuilder(operatorSet: 14)
        for (name, shape) in [("conv1", [4, 2, 3, 3]), ("conv2", [4, 2, 3, 3]), ("w", [1, 20, 4]), ("r", [1, 20, 5]), ("fc", [3, 5])] {
            builder.store(name, Tensor(weights[name] ?? [], shape: Shape(shape)))
        }
        builder.store("steps", integers: [-1, 9, 4])
        builder.store("axis", integers: [0])
        let padded: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
        builder.input("x", [.symbol("N"), .fixed(2), .fixed(6), .fixed(6)])
        builder.node("Conv", ["x", "conv1"], ["c1"], name: "conv1", padded)
        builder.node("Relu", ["c1"], ["r1"], name: "relu1")
        builder.node(
            "Conv", ["r1", "conv2"], ["c2"], name: "conv2", padded.merging(["group": .integer(2), "strides": .integers([2, 2])]) { $1 })
        builder.node("Relu", ["c2"], ["r2"], name: "relu2")
        builder.node("Reshape", ["r2", "steps"], ["q"], name: "reshape")
        builder.node("Transpose", ["q"], ["t"], name: "transpose", ["perm": .integers([1, 0, 2])])
        builder.node("LSTM", ["t", "w", "r"], ["s", "h"], name: "lstm", ["hidden_size": .integer(5)])
        builder.node("Squeeze", ["h", "axis"], ["z"], name: "squeeze")
        builder.node("Gemm", ["z", "fc"], ["y"], name: "fc", ["transB": .integer(1)])
        builder.output("y", [.symbol("N"), .fixed(3)])
        return builder.model(named: "small.onnx")
    }

    var sampleCount: Int { logits.count / Self.classes }
}

private struct Images: SampleSource {
    var values: [Float]

    var shape: Shape { [2, 6, 6] }
    var count: Int { values.count / shape.count }
    var labels: [Int]? { nil }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        for index in 0..<samples.count * shape.count { buffer[index] = values[samples.lowerBound * shape.count + index] }
        return []
    }
}

/// A layer's gradients at weights by sample, as rows of outputs × inputs.
private func curvature(_ gradients: [[Double]], outputs: Int) -> (powers: [Double], moments: [Double], inputs: Int) {
    let inputs = gradients[0].count / outputs
    var (powers, moments) = ([Double](repeating: 0, count: outputs), [Double](repeating: 0, count: inputs * inputs))
    for gradient in gradients {
        for output in 0..<outputs {
            let row = gradient[output * inputs..<(output + 1) * inputs].map { $0 }
            for left in 0..<inputs {
                powers[output] += row[left] * row[left] / Double(gradients.count)
                for right in 0..<inputs { moments[left * inputs + right] += row[left] * row[right] }
            }
        }
    }
    return (powers, moments, inputs)
}

@Suite("What the data says of layers")
struct ImportanceTests {
    private func inputs(_ golden: Golden) throws -> CalibrationInputs {
        let data = DataSet(
            name: "golden", content: .samples(Images(values: golden.x)))
        return try CalibrationInputs(golden.model, data: data, samples: golden.sampleCount)
    }

    /// The gradients of the labels that are drawn, by their chances times their gradients' lengths, for the samples in the order of the one run there is.
    private func drawn(_ golden: Golden, _ inputs: CalibrationInputs, seed: UInt64) throws -> [String: [[Double]]] {
        #expect(inputs.runs.count == 1)
        let values = try #require(inputs.runs.first?.inputs["x"]).floats()
        var random = SeededRandom(seed: seed &* 0x9e37_79b9)
        var found: [String: [[Double]]] = [:]
        for row in inputs.runs[0].samples {
            let sample = try #require((0..<golden.sampleCount).first { golden.x[$0 * 72] == values[row * 72] })
            let weights = golden.logits[sample * 3..<sample * 3 + 3].map { exp($0) }
            let chances = weights.map { $0 / weights.reduce(0, +) }
            let lengths = chances.indices.map { label in
                chances.indices.reduce(0) { $0 + pow(chances[$1] - ($1 == label ? 1 : 0), 2) }.squareRoot()
            }
            let shares = zip(chances, lengths).map { $0 * $1 }
            var left = random.uniform() * shares.reduce(0, +)
            let label = try #require(
                shares.firstIndex { share in
                    left -= share
                    return left < 0
                })
            let scale = (shares.reduce(0, +) / lengths[label]).squareRoot()
            for name in Golden.names {
                found[name, default: []].append(try #require(golden.gradients[name])[sample * 3 + label].map { $0 * scale })
            }
        }
        return found
    }

    @Test("Importance and moments are those of PyTorch's gradients, in groups and through time, and so is the predicted loss")
    func golden() throws {
        let golden = try Golden.load()
        let inputs = try inputs(golden)
        let model = golden.model
        let importance = try NetworkImportance.measure(model, on: inputs, seed: 5)
        #expect(importance.reasons.isEmpty && !importance.isRandom && importance.sampleCount == golden.sampleCount)
        #expect(importance.answer.form == .classes(3))
        let gradients = try drawn(golden, inputs, seed: 5)
        for (index, layer) in model.layers.enumerated() {
            let found = try #require(importance.layers[index])
            let name = model.tensors[layer.weight].name
            let samples = try #require(gradients[name])
            var changes = (0..<samples[0].count).map { Float(($0 * 37) % 11) / 11 - 0.4 }
            let operation = found.operation
            let size = operation.outputs * operation.inputs
            var expected = 0.0
            for group in 0..<operation.groups {
                let own = samples.map { Array($0[group * size..<(group + 1) * size]) }
                let (powers, moments, d) = curvature(own, outputs: operation.outputs)
                let trace = (0..<d).reduce(0) { $0 + moments[$1 * d + $1] }
                let unit = found.moments[group].diagonal.reduce(0) { $0 + Double($1) }
                for (output, power) in powers.enumerated() {
                    let value = found.outputs[group * operation.outputs + output] * unit
                    #expect(abs(value - power) <= 1e-4 * (powers.max() ?? 0), "\(name) \(output): \(value), not \(power)")
                    let row = changes[group * size + output * d..<group * size + (output + 1) * d].map { Double($0) }
                    for left in 0..<d {
                        for right in 0..<d { expected += 0.5 * power * row[left] * moments[left * d + right] / trace * row[right] }
                    }
                }
                for (left, right) in zip(found.moments[group].blocks[0], moments) {
                    #expect(abs(Double(left) / unit - right / trace) <= 1e-4, "\(name)")
                }
            }
            let loss = found.loss(ofChanges: changes)
            #expect(abs(loss - expected) <= 1e-3 * expected, "\(name): \(loss), not \(expected)")
            changes = changes.map { _ in 0 }
            #expect(found.loss(ofChanges: changes) == 0)
        }
    }

    @Test("One thread and several say the same to the bit; a cancelled measurement ends")
    func threads() throws {
        let model = Bars.classifier()
        let inputs = try CalibrationInputs(model, data: DataSet(name: "bars", content: .samples(Bars(count: 200))), samples: 200)
        #expect(inputs.runs.count > 4)
        let several = try NetworkImportance.measure(model, on: inputs, seed: 3)
        let one = try StandingBack.$isCurrent.withValue(true) { try NetworkImportance.measure(model, on: inputs, seed: 3) }
        #expect(several.layers.count == 3)
        for (left, right) in zip(several.layers, one.layers) {
            let (left, right) = (try #require(left), try #require(right))
            #expect(left.outputs == right.outputs && left.plainOutputs == right.plainOutputs)
            #expect(left.moments.map(\.blocks) == right.moments.map(\.blocks))
        }
        let other = try NetworkImportance.measure(model, on: inputs, seed: 4)
        #expect(other.layers[0]?.outputs != several.layers[0]?.outputs)
        let token = CancellationToken()
        token.cancel()
        #expect(throws: Cancelled.self) { try NetworkImportance.measure(model, on: inputs, cancellation: token) }
    }

    @Test("Wide layers' moments in blocks come near whole ones where the inputs' means hold them together")
    func blocks() {
        var random = SeededRandom(seed: 2)
        let (d, count) = (48, 400)
        let means = (0..<d).map { _ in Float(random.uniform(0.5, 1.5)) }
        var whole = [Float](repeating: 0, count: d * d)
        for _ in 0..<count {
            let row = means.map { $0 + 0.1 * Float(random.normal()) }
            for left in 0..<d { for right in 0..<d { whole[left * d + right] += row[left] * row[right] / Float(count) } }
        }
        let blocks = (0..<3).map { block in
            (0..<16).flatMap { row in (0..<16).map { whole[(block * 16 + row) * d + block * 16 + $0] } }
        }
        let exact = InputMoments(inputs: d, blockWidth: d, common: means, blocks: [whole])
        let parts = InputMoments(inputs: d, blockWidth: 16, common: means, blocks: blocks)
        #expect(exact.isWhole && !parts.isWhole && exact.diagonal == parts.diagonal)
        let rows = (0..<4 * d).map { _ in Float(random.normal() + 0.3) }
        for (left, right) in zip(exact.powers(rows), parts.powers(rows)) { #expect(abs(left - right) <= 0.02 * left) }
    }

    @Test("A matrix without negative eigenvalues is the square of its root, however low its rank")
    func root() {
        let (n, rank) = (7, 3)
        let factor = (0..<n * rank).map { Float(($0 * 13) % 17) / 17 - 0.5 }
        var matrix = [Float](repeating: 0, count: n * n)
        for row in 0..<n {
            for column in 0..<n {
                for index in 0..<rank { matrix[row * n + column] += factor[row * rank + index] * factor[column * rank + index] }
            }
        }
        var root = matrix
        ImportanceTally.root(&root, n)
        for row in 0..<n {
            for column in 0..<n {
                let product = (0..<n).reduce(Float(0)) { $0 + root[$1 * n + row] * root[$1 * n + column] }
                #expect(abs(product - matrix[row * n + column]) < 1e-4)
                #expect(column >= row || root[row * n + column] == 0)
            }
        }
    }
}
