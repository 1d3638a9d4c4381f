import NeuralNetwork
import TensorCore

@testable import Execution

/// Makes and runs one operator on tensors. The inputs numbered in `constants` are known beforehand.
func runKernel(
    _ operation: String, _ inputs: [Tensor?], constants: Set<Int> = [], operatorSet: Int = 13,
    attributes: [String: Attribute] = [:], outputs: [String] = ["y"]
) throws -> [Tensor] {
    let node = Node(
        operation: operation, inputs: inputs.indices.map { "x\($0)" }, outputs: outputs, attributes: attributes)
    let operands = inputs.enumerated().map { index, tensor in
        tensor.map {
            Operand(
                type: ValueType(elementType: $0.elementType, shape: $0.shape),
                constant: constants.contains(index) ? $0 : nil)
        }
    }
    let shapes = try node.outputShapes(
        operatorSet: operatorSet, inputs: operands.map { $0.map { InputFact(shape: $0.type.shape, constant: $0.constant) } })
    guard let maker = KernelLibrary.makers[operation] else { throw KernelFault("\(operation) is missing") }
    let kernel = try maker(
        KernelContext(node: node, operatorSet: operatorSet, inputs: operands, outputShapes: shapes))
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: kernel.scratchByteCount, alignment: 64)
    var buffers = [scratch]
    defer { for buffer in buffers { buffer.deallocate() } }
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        buffers.append(.allocate(byteCount: byteCount, alignment: 64))
        return buffers[buffers.count - 1]
    }
    let views = inputs.map { tensor in
        tensor.map { tensor in
            let bytes = allocate(tensor.byteCount)
            tensor.storage.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(start: bytes, count: tensor.byteCount).copyMemory(from: source)
            }
            return TensorView(type: ValueType(elementType: tensor.elementType, shape: tensor.shape), bytes: bytes)
        }
    }
    let targets = kernel.outputs.map { MutableTensorView(type: $0, bytes: allocate($0.byteCount)) }
    kernel.run(views, targets, scratch)
    return targets.map { target in
        Tensor(
            shape: target.shape, elementType: target.type.elementType,
            storage: .owned(Array(UnsafeRawBufferPointer(start: target.bytes, count: target.type.byteCount))))
    }
}

extension Tensor {
    /// A tensor of integers or Booleans of any width.
    init<Element: FixedWidthInteger>(integers: [Element], _ elementType: ElementType, shape: Shape? = nil) {
        self.init(
            shape: shape ?? [integers.count], elementType: elementType,
            storage: .owned(integers.withUnsafeBytes { Array($0) }))
    }
}
