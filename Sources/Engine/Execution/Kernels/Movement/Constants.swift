import CVectorMath
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Operators whose values follow from the file or from shapes alone.
    static let constants: [String: Maker] = [
        "Constant": constant, "ConstantOfShape": constantOfShape, "Shape": shapeOf, "Size": sizeOf,
    ]

    /// A kernel that writes what is known beforehand.
    private static func fixed(_ type: ValueType, _ bytes: [UInt8]) -> Kernel {
        Kernel(outputs: [type]) { _, outputs, _ in
            bytes.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                outputs[0].bytes.copyMemory(from: base, byteCount: source.count)
            }
        }
    }

    private static func fixed(_ integers: [Int], shape: Shape) -> Kernel {
        fixed(
            ValueType(elementType: .int64, shape: shape), integers.map(Int64.init).withUnsafeBytes { Array($0) })
    }

    private static let constant: Maker = { context throws(KernelFault) in
        if let tensor = context.attributeTensors["value"] {
            return Kernel(outputs: [ValueType(elementType: tensor.elementType, shape: tensor.shape)]) { _, outputs, _ in
                tensor.storage.withUnsafeBytes { source in
                    guard let base = source.baseAddress else { return }
                    outputs[0].bytes.copyMemory(from: base, byteCount: source.count)
                }
            }
        }
        if let value = context.integer("value_int") { return fixed([value], shape: []) }
        if let values = context.integers("value_ints") { return fixed(values, shape: [values.count]) }
        if let value = context.float("value_float") {
            return fixed(ValueType(elementType: .float32, shape: []), [value].withUnsafeBytes { Array($0) })
        }
        if let values = context.floats("value_floats") {
            return fixed(
                ValueType(elementType: .float32, shape: [values.count]), values.withUnsafeBytes { Array($0) })
        }
        throw KernelFault("the constant's value is not of a known kind")
    }

    private static let constantOfShape: Maker = { context throws(KernelFault) in
        let shape = try context.outputShape()
        let tensor: Tensor
        if let value = context.attributeTensors["value"] {
            tensor = value
        } else if context.node.attributes["value"] == nil {
            tensor = Tensor([0], shape: [1])
        } else {
            throw KernelFault("the value is missing")
        }
        guard tensor.count == 1 else { throw KernelFault("the value is \(tensor.shape), not one element") }
        return Kernel(outputs: [ValueType(elementType: tensor.elementType, shape: shape)]) { _, outputs, _ in
            tensor.storage.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                pare_copy_strided(base, 0, outputs[0].bytes, shape.count, tensor.elementType.byteCount)
            }
        }
    }

    private static let shapeOf: Maker = { context throws(KernelFault) in
        let shape = try context.shape(0)
        func place(_ position: Int) -> Int {
            min(max(position < 0 ? position &+ shape.rank : position, 0), shape.rank)
        }
        let start = place(context.integer("start", default: 0))
        let end = place(context.integer("end", default: shape.rank))
        let part = Array(shape.dimensions[start..<max(start, end)])
        return fixed(part, shape: [part.count])
    }

    private static let sizeOf: Maker = { context throws(KernelFault) in
        fixed([try context.shape(0).count], shape: [])
    }
}
