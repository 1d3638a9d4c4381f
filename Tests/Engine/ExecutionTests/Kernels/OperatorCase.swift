import Foundation
import NeuralNetwork
import TensorCore

@testable import Execution

extension ElementType: Decodable {}

/// One operator with its inputs and what ONNX Runtime makes of them, as Tests/Generators/make_operators.py writes it.
struct OperatorCase: Decodable {
    struct Value: Decodable {
        var type: ElementType
        var shape: [Int]
        var data: Data
        /// Whether the elements are known before the network runs.
        var isConstant: Bool?

        var tensor: Tensor { Tensor(shape: Shape(shape), elementType: type, storage: .owned(Array(data))) }
    }

    struct AttributeValue: Decodable {
        var integer: Int?
        var float: Float?
        var text: String?
        var integers: [Int]?
        var floats: [Float]?
        var texts: [String]?
        var tensor: Value?
    }

    var name: String
    var operation: String
    var operatorSet: Int
    var attributes: [String: AttributeValue]
    var inputs: [Value?]
    var outputs: [String]
    /// nil for outputs nobody wants.
    var expected: [Value?]

    static func all() throws -> [OperatorCase] {
        guard let place = Bundle.module.url(forResource: "operators", withExtension: "json", subdirectory: "Goldens")
        else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode([OperatorCase].self, from: Data(contentsOf: place))
    }

    /// The node, whose inputs are named x0, x1, … and whose tensor attributes index `tensors`.
    var node: Node {
        var index = 0
        let attributes = attributes.sorted { $0.key < $1.key }.map { name, value -> (String, Attribute) in
            if let integer = value.integer { return (name, .integer(integer)) }
            if let float = value.float { return (name, .float(float)) }
            if let text = value.text { return (name, .text(text)) }
            if let integers = value.integers { return (name, .integers(integers)) }
            if let floats = value.floats { return (name, .floats(floats)) }
            if let texts = value.texts { return (name, .texts(texts)) }
            index += 1
            return (name, .tensor(index - 1))
        }
        return Node(
            name: name, operation: operation,
            inputs: inputs.enumerated().map { $0.element == nil ? "" : "x\($0.offset)" }, outputs: outputs,
            attributes: Dictionary(uniqueKeysWithValues: attributes))
    }

    /// The node's tensor attributes by name.
    var attributeTensors: [String: Tensor] { attributes.compactMapValues { $0.tensor?.tensor } }
    /// The same in the order of the node's indices.
    var tensors: [Tensor] { attributes.sorted { $0.key < $1.key }.compactMap { $0.value.tensor?.tensor } }
}

extension Tensor {
    /// How this result differs from what is expected; nil where it agrees, floating-point numbers within 1e-5 of
    /// themselves and 1e-6 of the largest.
    func difference(from expected: Tensor) -> String? {
        // Numbers of 16 bits are held as float32, but rounded, where an operator makes them.
        guard elementType == expected.elementType || elementType == expected.elementType.runtime else {
            return "is of \(elementType), not \(expected.elementType)"
        }
        guard shape == expected.shape else { return "is \(shape), not \(expected.shape)" }
        guard elementType.isReadableAsFloat else {
            let (own, other) = (storage.withUnsafeBytes { Array($0) }, expected.storage.withUnsafeBytes { Array($0) })
            guard let place = own.indices.first(where: { own[$0] != other[$0] }) else { return nil }
            return "differs at \(place / elementType.byteCount)"
        }
        let (own, other) = (floats(), expected.floats())
        let largest = other.lazy.filter(\.isFinite).map(abs).max() ?? 0
        for (place, (value, wanted)) in zip(own, other).enumerated() where value != wanted {
            if value.isNaN && wanted.isNaN { continue }
            guard abs(value - wanted) <= 1e-5 * abs(wanted) + 1e-6 * largest else {
                return "is \(value) at \(place), not \(wanted)"
            }
        }
        return nil
    }
}
