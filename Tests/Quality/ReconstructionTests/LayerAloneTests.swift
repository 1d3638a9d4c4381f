import Evaluation
import Execution
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Importance
@testable import Reconstruction

@Suite("One layer alone")
struct LayerAloneTests {
    /// The means of a value over places and samples, by channel.
    private func means(_ value: String, of model: Model, _ input: [Float]) throws -> [Double] {
        var part = model
        part.graph?.outputs = [ValueInfo(name: value, elementType: nil, dimensions: nil)]
        let program = try Program(part, shapes: ["x": [32, 3, 8, 8]])
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        input.withUnsafeBytes { instance.input(0).copyMemory(from: $0) }
        try instance.run(weights)
        let shape = program.outputs[0].shape
        let values = Array(instance.output(0).assumingMemoryBound(to: Float.self).prefix(shape.count))
        let inner = shape.dimensions.dropFirst(2).reduce(1, *)
        return (0..<shape[1]).map { channel in
            var sum = 0.0
            for sample in 0..<shape[0] { for place in 0..<inner { sum += Double(values[(sample * shape[1] + channel) * inner + place]) } }
            return sum / Double(shape[0] * inner)
        }
    }

    @Test("What is added behind a layer takes up the shift of its outputs' means: a bias, a norm")
    func shifts() throws {
        let model = residualNetwork()
        var input = [Float](repeating: 0, count: 32 * 3 * 64)
        for index in input.indices { input[index] = Float(index * 7919 % 1009) / 1009 + 0.4 }
        let inputs = try CalibrationInputs(model, data: nil, samples: 32)
        let importance = try NetworkImportance.measure(model, on: inputs)
        for (layer, value) in [(0, "n1"), (1, "c2"), (3, "c4")] {
            let alone = try #require(LayerAlone(layer, of: model))
            #expect(alone.takesUpShifts)
            let operation = try #require(importance.layers[layer]).operation
            var weights = try model.tensors[model.layers[layer].weight].tensor.floats()
            for index in weights.indices { weights[index] += Float(index % 5) * 0.03 }
            // Of inputs that are the same at each place, borders but for padding, means say all.
            let before = try means(value, of: model, input)
            let plain = try alone.holding(weights, inputMeans: [Float](repeating: 0, count: operation.groups * operation.inputs))
            let moved = try means(value, of: plain, input)
            let shift = zip(moved, before).map { $0 - $1 }
            #expect(shift.contains { abs($0) > 0.01 })
            // With a mean of one input alone, its weights' changes are taken up.
            var one = [Float](repeating: 0, count: operation.groups * operation.inputs)
            one[1] = 2
            let mended = try means(value, of: alone.holding(weights, inputMeans: one), input)
            let stored = try model.tensors[model.layers[layer].weight].tensor.floats()
            for output in 0..<operation.outputs {
                let change = Double(weights[output * operation.inputs + 1] - stored[output * operation.inputs + 1])
                let scale = layer == 0 ? try normScale(model, output) : 1
                #expect(abs(mended[output] - (moved[output] - 2 * change * scale)) < 1e-4, "\(value) \(output)")
            }
        }
    }

    private func normScale(_ model: Model, _ channel: Int) throws -> Double {
        func tensor(_ name: String) throws -> Double {
            let index = try #require(model.tensors.firstIndex { $0.name == name })
            return Double(try model.tensors[index].tensor.floats()[channel])
        }
        return try tensor("scale") / (tensor("variance") + 1e-5).squareRoot()
    }
}
