import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Kernels at their edges")
struct KernelEdgeTests {
    @Test("Division of integers by zero, and of the least by −1, does not trap")
    func divisionByZero() throws {
        let left = Tensor(integers: [7, Int64.min, 5], .int64)
        let right = Tensor(integers: [0, -1, 2] as [Int64], .int64)
        #expect(try runKernel("Div", [left, right])[0].integers() == [0, Int.min, 2])
        #expect(try runKernel("Mod", [left, right])[0].integers() == [0, 0, 1])
    }

    @Test("Computed positions out of range give zeros; known ones are a fault")
    func positions() throws {
        let data = Tensor([1, 2, 3], shape: [3])
        let indices = Tensor(integers: [0, 7, -1, -9, Int64.min], .int64)
        #expect(try runKernel("Gather", [data, indices])[0].floats() == [1, 0, 3, 0, 0])
        #expect(try runKernel("GatherElements", [data, indices])[0].floats() == [1, 0, 3, 0, 0])
        #expect(throws: (any Error).self) { try runKernel("Gather", [data, indices], constants: [1]) }
    }

    @Test("Updates at computed positions out of range are passed over")
    func scatter() throws {
        let updates = Tensor([9, 8], shape: [2])
        let indices = Tensor(integers: [2, 5] as [Int64], .int64)
        let result = try runKernel("ScatterElements", [Tensor([1, 2, 3], shape: [3]), indices, updates])
        #expect(result[0].floats() == [1, 2, 9])
    }

    @Test("Dropout's mask is true everywhere")
    func dropoutMask() throws {
        let result = try runKernel("Dropout", [Tensor([1, 2], shape: [2])], operatorSet: 10, outputs: ["y", "mask"])
        #expect(result[0].floats() == [1, 2])
        #expect(result[1].integers() == [1, 1])
    }

    @Test("Sequence lengths beyond the sequence, or below zero, are bounded")
    func lengths() throws {
        func sums(_ lengths: [Int32]) throws -> [[Float]] {
            let inputs: [Tensor?] = [
                Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2, 1]), Tensor([0.5], shape: [1, 1, 1]),
                Tensor([0.25], shape: [1, 1, 1]), nil, Tensor(integers: lengths, .int32),
            ]
            return try runKernel("RNN", inputs, outputs: ["y", "last"]).map { $0.floats() }
        }
        #expect(try sums([90, -5]) == sums([3, 0]))
        #expect(try sums([90, -5])[1][1] == 0)
    }

    @Test(
        "What is not supported is named",
        arguments: [
            ("Resize", "mode \"cubic\" with antialias is not supported"), ("LSTM", "activation \"Sine\" is not supported"),
            ("Pad", "mode \"fold\" is not supported"), ("Gelu", "approximate \"erf\" is not supported"),
            ("BatchNormalization", "training_mode is not supported"),
        ])
    func reasons(_ operation: String, _ reason: String) throws {
        let image = Tensor(Array(repeating: 1, count: 16), shape: [1, 1, 4, 4])
        let vector = Tensor([1], shape: [1])
        func attempt() throws {
            switch operation {
            case "Resize":
                _ = try runKernel(
                    operation, [image, nil, Tensor([1, 1, 2, 2], shape: [4])], constants: [2], operatorSet: 18,
                    attributes: ["mode": .text("cubic"), "antialias": .integer(1)])
            case "LSTM":
                let inputs = [Tensor([1], shape: [1, 1, 1])] + (0..<2).map { _ in Tensor([1, 2, 3, 4], shape: [1, 4, 1]) }
                _ = try runKernel(operation, inputs, attributes: ["activations": .texts(["Sine", "Tanh", "Tanh"])])
            case "Pad":
                let pads = Tensor(integers: [1, 1] as [Int64], .int64)
                _ = try runKernel(operation, [vector, pads], constants: [1], attributes: ["mode": .text("fold")])
            case "Gelu": _ = try runKernel(operation, [vector], attributes: ["approximate": .text("erf")])
            case "BatchNormalization":
                _ = try runKernel(
                    operation, [image, vector, vector, vector, vector], attributes: ["training_mode": .integer(1)])
            default:
                _ = try runKernel(
                    operation, [image], attributes: ["kernel_shape": .integers([2, 2])], outputs: ["y", "indices"])
            }
        }
        #expect(throws: KernelFault(reason)) { try attempt() }
    }
}
