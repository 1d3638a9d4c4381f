import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Graphs that ask for too much")
struct HostileGraphTests {
    /// A model of one node that reads `x` and a stored list of integers.
    private func model(_ operation: String, _ integers: [Int], input: [Int] = [1, 1]) -> Model {
        let stored = Tensor(
            shape: [integers.count], elementType: .int64,
            storage: .owned(integers.flatMap { number in withUnsafeBytes(of: Int64(number)) { Array($0) } }))
        var graph = Graph(
            nodes: [Node(name: "greedy", operation: operation, inputs: ["x", "n"], outputs: ["y"])],
            inputs: [ValueInfo(name: "x", elementType: .float32, dimensions: input.map { .fixed($0) })],
            outputs: [ValueInfo(name: "y", elementType: .float32, dimensions: nil)], initializers: ["n": 0],
            operatorSets: ["": 13])
        if operation == "ConstantOfShape" { graph.nodes[0].inputs = ["n"] }
        return Model(
            name: "greedy.onnx", format: "ONNX", fileByteCount: 100, structureByteCount: 100,
            tensors: [StoredTensor(name: "n", tensor: stored)], graph: graph, layers: [], macs: .counted(0))
    }

    @Test(
        "Outputs that no memory holds are refused, naming the node",
        arguments: ["Expand", "Tile", "ConstantOfShape"], [[1 << 20, 1 << 21], [1 << 31, 1 << 31], [1 << 40, 1 << 22]])
    func outputs(_ operation: String, _ extents: [Int]) {
        let error = #expect(throws: ExecutionError.self) {
            let program = try Program(model(operation, extents), shapes: ["x": [1, 1]])
            _ = try Instance(program, weights: try Weights(of: program))
        }
        #expect(error.map { $0.message.contains("greedy") || $0.message.contains("memory") } == true)
    }

    @Test("A chain of outputs beyond the machine's memory is refused before any of it is taken")
    func arena() {
        let error = #expect(throws: ExecutionError.self) {
            try Program(model("Expand", [1 << 18, 1 << 18]), shapes: ["x": [1, 1]])
        }
        #expect(error?.message.contains("memory") == true)
    }

    @Test("A graph that waits for its own output, or lacks one, is refused")
    func cycles() {
        var cyclic = model("Expand", [2, 2])
        cyclic.graph?.nodes[0].inputs[0] = "y"
        #expect(throws: ExecutionError.self) { try Program(cyclic, shapes: ["x": [1, 1]]) }
        var lacking = model("Expand", [2, 2])
        lacking.graph?.outputs[0].name = "z"
        #expect(throws: ExecutionError.self) { try Program(lacking, shapes: ["x": [1, 1]]) }
    }
}
