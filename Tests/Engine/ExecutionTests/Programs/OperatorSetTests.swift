import NeuralNetwork
import Testing

@testable import Execution

@Suite("Operator sets")
struct OperatorSetTests {
    private func model(_ operatorSet: Int) -> Model {
        var graph = Graph(name: "sum", nodes: [Node(operation: "Relu", inputs: ["x"], outputs: ["y"])], operatorSets: ["": operatorSet])
        graph.inputs = [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(2)])]
        graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: [.fixed(2)])]
        return Model(
            name: "sum", format: "ONNX", fileByteCount: 0, structureByteCount: 0, tensors: [], graph: graph, layers: [],
            macs: .counted(0))
    }

    @Test("Versions that Pare does not know are refused by name, with what to do", arguments: [1, 6, 29, 1 << 40])
    func unknown(_ operatorSet: Int) throws {
        let model = model(operatorSet)
        func message(_ attempt: () throws -> Void) -> String {
            do {
                try attempt()
                return ""
            } catch {
                return (error as? ExecutionError)?.message ?? "\(error)"
            }
        }
        for refusal in [
            message { try Program.checkOperators(of: model) }, message { _ = try Program(model, shapes: ["x": [2]]) },
        ] {
            #expect(refusal.contains("opset \(operatorSet) is \(operatorSet < 7 ? "older" : "newer")"))
            #expect(refusal.contains("onnx.version_converter"))
        }
    }

    @Test("Those it knows run", arguments: [7, 13, 22, 28])
    func known(_ operatorSet: Int) throws {
        #expect(try Program(model(operatorSet), shapes: ["x": [2]]).outputs[0].shape == [2])
    }
}
