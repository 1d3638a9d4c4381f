import NeuralNetwork
import Testing

@testable import Execution

@Suite("What is put into a program's inputs")
struct InputTests {
    @Test("A run does not begin before every input that it reads was written, and each run wants its own")
    func unwritten() throws {
        var graph = Graph(operatorSets: ["": 13])
        for name in ["a", "b"] { graph.inputs.append(ValueInfo(name: name, elementType: .float32, dimensions: [.fixed(4)])) }
        graph.nodes = [Node(name: "sum", operation: "Add", inputs: ["a", "b"], outputs: ["y"], attributes: [:])]
        graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        let model = Model(
            name: "sum.onnx", format: "ONNX", fileByteCount: 0, structureByteCount: 0, tensors: [], graph: graph, layers: [], macs: .counted(0))
        let program = try Program(model, shapes: ["a": [4], "b": [4]])
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        func put(_ value: Float, into index: Int) {
            let place = instance.input(index).assumingMemoryBound(to: Float.self)
            for position in place.indices { place[position] = value }
        }
        put(1, into: 0)
        #expect(throws: ExecutionError("nothing was put into the input b")) { try instance.run(weights) }
        put(1, into: 0)
        put(2, into: 1)
        try instance.run(weights)
        #expect(Array(instance.output(0).assumingMemoryBound(to: Float.self)) == [3, 3, 3, 3])
        put(5, into: 1)
        #expect(throws: ExecutionError("nothing was put into the input a")) { try instance.run(weights) }
    }
}
