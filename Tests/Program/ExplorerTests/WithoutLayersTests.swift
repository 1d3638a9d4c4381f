import ModelFormats
import NeuralNetwork
import TensorCore
import TerminalUI
import Testing

@testable import Explorer

@Suite("Models without layers")
struct WithoutLayersTests {
    @Test("No key that works on a layer ends the explorer", arguments: ["1", "2", "3", "4"])
    func keys(pane: String) throws {
        let folder = TestFolder()
        let path = try folder.model("empty.safetensors", [("bias", [10], laplace(10, seed: 1))])
        let app = try TestApp.opening(path, folder: folder)
        #expect(app.workspace.model.layers.isEmpty)
        app.press("\(pane) f F e l h H L z Z < > x c space * a A u r R p b s S i i = '5' enter j k G")
        _ = app.frame()
        #expect(!app.hasQuit)
        #expect(app.workspace.marked.isEmpty)
        #expect(!app.workspace.hasUnsavedChanges)
    }

    @Test("Why there is nothing to compress stays in the footer where the network cannot be run either")
    func reason() throws {
        let folder = TestFolder()
        var graph = Graph(name: "custom", operatorSets: ["": 13, "mine": 1])
        graph.inputs = [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(1), .fixed(4)])]
        graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        graph.nodes = [Node(name: "n", operation: "Strange", domain: "mine", inputs: ["x", "w"], outputs: ["y"], attributes: [:])]
        graph.initializers = ["w": 0]
        let tensors = [StoredTensor(name: "w", tensor: Tensor(laplace(16, seed: 1), shape: [4, 4]))]
        let path = folder.path + "/custom.onnx"
        try ModelFile.write(
            Model(
                name: "custom.onnx", format: "ONNX", fileByteCount: 100, structureByteCount: 50, tensors: tensors, graph: graph, layers: [],
                macs: .counted(0)), to: path)
        let app = try TestApp.opening(path, folder: folder, meters: .evaluators())
        #expect(app.workspace.model.layers.isEmpty && app.workspace.quality.reason != nil)
        #expect(app.footer.contains("holds no layer that Pare compresses"))
    }
}
