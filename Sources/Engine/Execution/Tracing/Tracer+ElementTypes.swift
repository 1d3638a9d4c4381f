import NeuralNetwork
import TensorCore

extension Tracer {
    /// The node with its float64 inputs converted to float32, for kernels that know no longer numbers; nil where it has none.
    mutating func shortened(
        _ node: Node, _ title: String, _ operatorSet: Int, _ operands: [Operand?]
    ) throws(ExecutionError) -> Node? {
        var shortened = node
        var isOther = false
        for (position, operand) in operands.enumerated() where operand?.type.elementType == .float64 {
            let name = node.inputs[position]
            let converted = "\(name) (float32)"
            if lookUp(converted) == nil {
                let cast = Node(operation: "Cast", inputs: [name], outputs: [converted], attributes: ["to": .integer(1)])
                try visit(cast, title, operatorSet: operatorSet)
            }
            shortened.inputs[position] = converted
            isOther = true
        }
        return isOther ? shortened : nil
    }

    /// A result as the file gives it: where that is a type of 16 bits, rounded to it.
    mutating func rounded(_ id: ValueID, _ name: String, _ operatorSet: Int) throws(ExecutionError) -> ValueID {
        guard let declared = trace.values[id].declared, declared.rounding != nil else { return id }
        let result = "\(name) (\(declared))"
        let cast = Node(
            operation: "Cast", inputs: [name], outputs: [result], attributes: ["to": .integer(declared == .float16 ? 10 : 16)])
        try visit(cast, "the output \(name)", operatorSet: operatorSet)
        return lookUp(result) ?? id
    }
}

extension Node {
    /// The floating-point type that the operator gives its float32 results in the file, where it is another one.
    func declaredOutput(_ operands: [Operand?]) -> ElementType? {
        func declared(_ input: Int) -> ElementType? { input < operands.count ? operands[input]?.declared : nil }
        switch operation {
        case "Cast":
            guard let type = integer("to").flatMap({ ElementType(onnxNumber: $0) }) else { return nil }
            return type.isReadableAsFloat && type != .float32 ? type : nil
        case "CastLike", "DequantizeLinear": return declared(1)
        default: return operands.lazy.compactMap { $0 }.first { $0.type.elementType == .float32 }?.declared
        }
    }
}
