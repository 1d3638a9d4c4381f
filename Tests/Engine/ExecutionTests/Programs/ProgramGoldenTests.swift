import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Programs of one operator against ONNX Runtime")
struct ProgramGoldenTests {
    /// Which of a node's inputs the file stores.
    enum Storing: CaseIterable {
        /// Those that must be known beforehand.
        case constants
        /// All but the first: a layer with its weights.
        case allButTheFirst
    }

    @Test("Every operator gives what ONNX Runtime gives, whatever it is lowered to", arguments: Storing.allCases)
    func goldens(_ storing: Storing) throws {
        var fast = 0
        for golden in try OperatorCase.all() {
            do {
                let (model, shapes) = golden.model(storing)
                let program = try Program(model, shapes: shapes)
                if program.steps.contains(where: { if case .operation = $0.body { true } else { false } }) { fast += 1 }
                for (index, result) in try golden.run(program).enumerated() {
                    guard let expected = golden.expected[index]?.tensor, let difference = result.distance(from: expected) else {
                        continue
                    }
                    Issue.record("\(golden.name): output \(index) \(difference)")
                }
            } catch let error as ExecutionError {
                Issue.record("\(golden.name): \(error.message)")
            }
        }
        #expect(fast > 100)
    }
}

extension OperatorCase {
    /// A model of this node alone.
    func model(_ storing: ProgramGoldenTests.Storing) -> (Model, shapes: [String: Shape]) {
        var stored = tensors.map { StoredTensor(name: "attribute", tensor: $0) }
        var graph = Graph(name: name, nodes: [node], operatorSets: ["": operatorSet])
        var shapes: [String: Shape] = [:]
        var layers: [Layer] = []
        for (index, value) in inputs.enumerated() {
            guard let value else { continue }
            let label = "x\(index)"
            if value.isConstant == true || (storing == .allButTheFirst && index > 0) {
                if index == 1, value.isConstant != true, value.type == .float32 {
                    let shape = Shape(value.shape)
                    layers.append(
                        Layer(
                            name: name, operation: operation, weight: stored.count, bias: nil, shape: shape,
                            macs: .counted(0), matrix: MatrixView(shape: shape)))
                }
                graph.initializers[label] = stored.count
                stored.append(StoredTensor(name: label, tensor: value.tensor))
            } else {
                let dimensions = value.shape.map { Dimension.fixed($0) }
                graph.inputs.append(ValueInfo(name: label, elementType: value.type, dimensions: dimensions))
                shapes[label] = Shape(value.shape)
            }
        }
        // Every result is asked for under a name of its own.
        graph.outputs = outputs.filter { !$0.isEmpty }.map { ValueInfo(name: $0, elementType: nil, dimensions: nil) }
        let model = Model(
            name: name, format: "ONNX", fileByteCount: 0, structureByteCount: 0, tensors: stored, graph: graph, layers: layers,
            macs: .counted(0))
        return (model, shapes)
    }

    /// Runs a program on the case's inputs; results stand where the node's outputs do.
    func run(_ program: Program) throws -> [Tensor] {
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        for (position, port) in program.inputs.enumerated() {
            guard let index = Int(port.name.dropFirst()), let value = inputs[index] else { continue }
            if value.type.isReadableAsFloat {
                value.tensor.floats().withUnsafeBytes { instance.input(position).copyMemory(from: $0) }
            } else {
                instance.input(position).copyBytes(from: value.data)
            }
        }
        try instance.run(weights)
        var results: [Tensor] = []
        var position = 0
        for name in outputs {
            guard !name.isEmpty else {
                results.append(Tensor([], shape: [0]))
                continue
            }
            let port = program.outputs[position]
            results.append(Tensor(shape: port.shape, elementType: port.elementType, storage: .owned(Array(instance.output(position)))))
            position += 1
        }
        return results
    }
}

extension Tensor {
    /// How this result differs from what is expected; nil where it agrees, floating-point numbers within 1e-4 of themselves
    /// and 1e-5 of the largest. float16 and float64 are computed as float32.
    fileprivate func distance(from expected: Tensor) -> String? {
        guard shape == expected.shape else { return "is \(shape), not \(expected.shape)" }
        guard elementType.isReadableAsFloat, expected.elementType.isReadableAsFloat else { return difference(from: expected) }
        let (own, other) = (floats(), expected.floats())
        let largest = other.lazy.filter(\.isFinite).map(abs).max() ?? 0
        for (place, (value, wanted)) in zip(own, other).enumerated() where value != wanted && !(value.isNaN && wanted.isNaN) {
            guard abs(value - wanted) <= 1e-4 * abs(wanted) + 1e-5 * largest else { return "is \(value) at \(place), not \(wanted)" }
        }
        return nil
    }
}
