import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Programs under changed weights", .enabled(if: ModelCase.isThere, "the shared models are not there (PARE_TEST_DATA)"))
struct RestartTests {
    private static let names = ["lenet5", "mnist-cnn", "resnet20", "mobilenet-025", "dcgan-generator", "char-rnn"]
    static let cases = ModelCase.all.filter { names.contains($0.model) }

    @Test("Weights put in place give what a model that stores them gives", arguments: cases)
    func replacing(_ example: ModelCase) throws {
        let model = try example.open()
        let program = try Program(model, shapes: example.shapes)
        let stored = try Weights(of: program)
        let instance = try Instance(program, weights: stored)
        for layer in model.layers.indices where layer % 3 == 0 || model.layers.count < 8 {
            let index = model.layers[layer].weight
            let changed = try model.changing(layer)
            let weights = try Weights(of: program, replacing: [index: (changed.tensors[index].tensor.read(), 1)], sharing: [stored])
            let expected = try example.outputs(of: try Program(changed, shapes: example.shapes))
            example.fill(instance, model)
            try instance.run(weights)
            #expect(instance.allOutputs == expected, "\(model.layers[layer].name)")
        }
        example.fill(instance, model)
        try instance.run(stored)
        #expect(instance.allOutputs == (try example.outputs(of: program)))
    }

    @Test("A run from any cut gives what a whole run gives", arguments: cases)
    func restarting(_ example: ModelCase) throws {
        let model = try example.open()
        let program = try Program(model, shapes: example.shapes)
        let weights = try Weights(of: program)
        let expected = try example.outputs(of: program)
        let instance = try Instance(program, weights: weights)
        let other = try Instance(program, weights: weights)
        for step in 0..<program.stepCount {
            guard let kept = AlignedBuffer(byteCount: program.byteCount(ofCutBefore: step)) else { continue }
            example.fill(instance, model)
            try instance.run(weights, to: step)
            instance.save(cutBefore: step, to: kept.base)
            // The other instance holds what its last run left; inputs come first, as they do in an evaluation.
            example.fill(other, model)
            other.restore(cutBefore: step, from: kept.base)
            try other.run(weights, from: step)
            #expect(other.allOutputs == expected, "cut before step \(step)")
        }
    }
}

extension ModelCase {
    func open() throws -> Model { try ModelFile.open(path: "\(Self.folder)/models/\(model).onnx") }

    func fill(_ instance: Instance, _ model: Model) {
        let names = (model.graph?.inputs ?? []).map(\.name)
        fill(instance, seeds: Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }))
    }

    func outputs(of program: Program) throws -> [[Float]] {
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        fill(instance, program.model)
        try instance.run(weights)
        return instance.allOutputs
    }
}

extension Instance {
    fileprivate var allOutputs: [[Float]] {
        program.outputs.indices.map { Array(output($0).assumingMemoryBound(to: Float.self)) }
    }
}

extension Model {
    /// The same model, with small weights of a layer dropped and the others made a little larger.
    fileprivate func changing(_ layer: Int) throws -> Model {
        var model = self
        let tensor = try tensors[layers[layer].weight].tensor.read()
        let values = tensor.floats().map { abs($0) < 0.02 ? 0 : $0 * 1.25 }
        model.tensors[layers[layer].weight].tensor = TensorSource(Tensor(values, shape: tensor.shape))
        return model
    }
}
