import Execution
import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore

/// Elements of a tensor as a line of JSON holds them.
struct TransferredTensor: Codable {
    var type: String
    var shape: [Int]
    /// Little-endian, row-major.
    var data: Data

    func tensor(named name: String) throws -> Tensor {
        guard let type = ElementType(rawValue: type) else { throw RequestFault("\(name): element type \(type)") }
        guard let shape = Shape(checking: shape), data.count == shape.count * type.byteCount else {
            throw RequestFault("\(name): \(data.count) bytes do not fill \(self.shape)")
        }
        return Tensor(shape: shape, elementType: type, storage: .owned(Array(data)))
    }
}

/// A model and what it is to run on.
struct RunRequest: Decodable {
    var model: String
    var inputs: [String: TransferredTensor]

    static func decoded(_ line: String) throws -> RunRequest {
        try JSONDecoder().decode(RunRequest.self, from: Data(line.utf8))
    }

    /// Runs with the inputs as inputs; where an operator must know one beforehand, with the integers known, then with all.
    func answer() throws -> RunAnswer {
        let opened = try ModelFile.open(path: model)
        let tensors = try Dictionary(uniqueKeysWithValues: inputs.map { ($0, try $1.tensor(named: $0)) })
        do {
            return try answer(opened, tensors, bound: [:])
        } catch {
            let integers = tensors.filter { !$0.value.elementType.isFloatingPoint }
            if !integers.isEmpty, let answer = try? answer(opened, tensors, bound: integers) { return answer }
            if let answer = try? answer(opened, tensors, bound: tensors) { return answer }
            throw error
        }
    }

    private func answer(_ model: Model, _ tensors: [String: Tensor], bound: [String: Tensor]) throws -> RunAnswer {
        let program = try Program(model, shapes: tensors.mapValues(\.shape), bound: bound)
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        for (index, port) in program.inputs.enumerated() {
            guard let tensor = tensors[port.name] else { throw RequestFault("the input \(port.name) is not given") }
            try fill(instance.input(index), port, with: tensor)
        }
        try instance.run(weights)
        return RunAnswer(
            outputs: program.outputs.indices.map { index in
                let port = program.outputs[index]
                return TransferredTensor(
                    type: port.elementType.rawValue, shape: port.shape.dimensions, data: Data(instance.output(index)))
            },
            known: bound.isEmpty ? nil : bound.keys.sorted())
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer, _ port: Program.Port, with tensor: Tensor) throws {
        if port.elementType == tensor.elementType {
            tensor.storage.withUnsafeBytes { bytes.copyMemory(from: $0) }
        } else if port.elementType == .float32, tensor.elementType.isReadableAsFloat {
            tensor.floats().withUnsafeBytes { bytes.copyMemory(from: $0) }
        } else {
            throw RequestFault("the input \(port.name) takes \(port.elementType), not \(tensor.elementType)")
        }
    }
}

struct RunAnswer: Encodable {
    var outputs: [TransferredTensor]?
    /// Inputs that were known when the network was compiled.
    var known: [String]?
    var refused: String?

    init(outputs: [TransferredTensor], known: [String]?) {
        self.outputs = outputs
        self.known = known
    }

    init(refused: String) { self.refused = refused }
}
