import Foundation
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Kernels against ONNX Runtime")
struct OperatorGoldenTests {
    @Test("Every operator gives what ONNX Runtime gives, attribute by attribute")
    func goldens() throws {
        let cases = try OperatorCase.all()
        #expect(cases.count > 880)
        for golden in cases {
            do {
                let kernel = try golden.kernel()
                for (index, result) in try golden.run(kernel).enumerated() {
                    // Kernels may give more than the node asks for.
                    guard index < golden.expected.count, let expected = golden.expected[index]?.tensor else { continue }
                    if let difference = result.difference(from: expected) {
                        Issue.record("\(golden.name): output \(index) \(difference)")
                    }
                }
            } catch let fault as KernelFault {
                Issue.record("\(golden.name): \(fault.reason)")
            } catch let error as ShapeInferenceError {
                Issue.record("\(golden.name): shape: \(error.reason)")
            }
        }
    }

    @Test("Kernels write only their outputs and their working memory")
    func bounds() throws {
        for golden in try OperatorCase.all() {
            guard let kernel = try? golden.kernel() else { continue }
            let untouched = try golden.run(kernel, guardByteCount: 256)
            #expect(untouched.count == kernel.outputs.count, "\(golden.name)")
        }
    }
}

extension OperatorCase {
    func kernel() throws -> Kernel {
        let node = node
        var operands: [Operand?] = []
        for value in inputs {
            operands.append(
                value.map { value in
                    Operand(
                        type: ValueType(elementType: value.type, shape: Shape(value.shape)),
                        constant: value.isConstant == true ? value.tensor : nil)
                })
        }
        let facts = operands.map { operand in
            operand.map { InputFact(shape: $0.type.shape, constant: $0.constant) }
        }
        // A constant's shape is its tensor's, which only the model has.
        let shapes =
            if operation == "Constant", let tensor = attributeTensors["value"] { [tensor.shape] } else {
                try node.outputShapes(operatorSet: operatorSet, inputs: facts)
            }
        guard let maker = KernelLibrary.makers[operation] else { throw KernelFault("it is missing") }
        return try maker(
            KernelContext(
                node: node, operatorSet: operatorSet, inputs: operands, outputShapes: shapes,
                attributeTensors: attributeTensors))
    }

    /// Runs the kernel on copies of the inputs, with guards behind the outputs and the working memory.
    func run(_ kernel: Kernel, guardByteCount: Int = 64) throws -> [Tensor] {
        var regions: [(bytes: UnsafeMutableRawPointer, byteCount: Int)] = []
        defer { for region in regions { region.bytes.deallocate() } }
        func region(_ byteCount: Int) -> UnsafeMutableRawPointer {
            let bytes = UnsafeMutableRawPointer.allocate(byteCount: byteCount + guardByteCount, alignment: 64)
            memset(bytes, 0xA5, byteCount + guardByteCount)
            regions.append((bytes, byteCount))
            return bytes
        }
        let views = inputs.map { value in
            value.map { value -> TensorView in
                let bytes = region(value.data.count)
                value.data.copyBytes(to: bytes.assumingMemoryBound(to: UInt8.self), count: value.data.count)
                return TensorView(type: ValueType(elementType: value.type, shape: Shape(value.shape)), bytes: bytes)
            }
        }
        let targets = kernel.outputs.map { MutableTensorView(type: $0, bytes: region($0.byteCount)) }
        kernel.run(views, targets, region(kernel.scratchByteCount))
        for region in regions {
            for place in 0..<guardByteCount {
                #expect(region.bytes.load(fromByteOffset: region.byteCount + place, as: UInt8.self) == 0xA5, "\(name)")
            }
        }
        return targets.map { target in
            Tensor(
                shape: target.shape, elementType: target.type.elementType,
                storage: .owned(Array(UnsafeRawBufferPointer(start: target.bytes, count: target.type.byteCount))))
        }
    }
}
