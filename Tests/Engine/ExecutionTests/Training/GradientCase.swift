import Foundation
import NeuralNetwork
import TensorCore

@testable import Execution

/// A graph with what PyTorch says of its outputs and gradients, as Tests/Generators/make_gradients.py writes it.
struct GradientCase: Decodable {
    struct Step: Decodable {
        var operation: String
        var inputs: [String]
        var outputs: [String]
        var attributes: [String: OperatorCase.AttributeValue]

        var node: Node {
            let attributes = attributes.compactMapValues { value -> Attribute? in
                if let integer = value.integer { return .integer(integer) }
                if let float = value.float { return .float(float) }
                if let text = value.text { return .text(text) }
                if let integers = value.integers { return .integers(integers) }
                return value.texts.map { .texts($0) }
            }
            return Node(operation: operation, inputs: inputs, outputs: outputs, attributes: attributes)
        }
    }

    var name: String
    var operatorSet: Int
    var nodes: [Step]
    /// Whether normalizations keep their running statistics.
    var isFrozen: Bool
    var inputs: [String: OperatorCase.Value]
    /// What is trained.
    var weights: [String: OperatorCase.Value]
    /// What is not: literals, and running statistics.
    var constants: [String: OperatorCase.Value]
    var outputs: [String]
    var expected: [OperatorCase.Value]
    /// The gradients at the outputs.
    var cotangents: [OperatorCase.Value]
    /// Of inputs and weights.
    var gradients: [String: OperatorCase.Value]
    /// Running statistics after a pass.
    var statistics: [String: OperatorCase.Value]

    static func all() throws -> [GradientCase] {
        guard let place = Bundle.module.url(forResource: "gradients", withExtension: "json", subdirectory: "Goldens")
        else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode([GradientCase].self, from: Data(contentsOf: place))
    }

    var model: Model {
        var tensors: [StoredTensor] = []
        var initializers: [String: Int] = [:]
        for (name, value) in weights.merging(constants, uniquingKeysWith: { first, _ in first }).sorted(by: { $0.key < $1.key }) {
            initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: value.tensor))
        }
        func info(_ name: String, _ value: OperatorCase.Value?) -> ValueInfo {
            ValueInfo(name: name, elementType: value?.type ?? .float32, dimensions: value?.shape.map { .fixed($0) })
        }
        let graph = Graph(
            nodes: nodes.map(\.node), inputs: inputs.sorted { $0.key < $1.key }.map { info($0.key, $0.value) },
            outputs: outputs.map { info($0, nil) }, initializers: initializers, operatorSets: ["": operatorSet])
        return Model(
            name: name, format: "test", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: graph, layers: [],
            macs: .unknown(reason: "test"))
    }

    func instance(threads: Int = 1) throws -> TrainingInstance {
        let model = model
        var options = TrainingOptions()
        options.threads = threads
        options.parameters = Set(weights.keys.compactMap { model.graph?.initializers[$0] })
        options.statistics = isFrozen ? .frozen : .batch
        options.inputGradients = Set(inputs.filter { $0.value.type == .float32 }.keys)
        options.lossOutputs = Array(outputs.indices)
        // A single Softmax is looked at itself; networks are asked for their logits.
        options.readsLogits = nodes.count > 1
        let program = try TrainingProgram(model, shapes: inputs.mapValues { Shape($0.shape) }, options: options)
        return try TrainingInstance(program)
    }

    /// A forward and a backward pass.
    func run(_ instance: TrainingInstance) throws {
        for (index, port) in instance.program.inputs.enumerated() {
            guard let data = inputs[port.name]?.data else { continue }
            _ = data.copyBytes(to: instance.input(index))
        }
        try instance.forward()
        for (index, cotangent) in cotangents.enumerated() {
            _ = cotangent.data.copyBytes(to: UnsafeMutableRawBufferPointer(instance.outputGradient(index)))
        }
        try instance.backward()
    }
}
