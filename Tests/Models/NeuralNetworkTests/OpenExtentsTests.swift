import NeuralNetwork
import TensorCore
import Testing

@Suite("Open extents of inputs")
struct OpenExtentsTests {
    private func model() -> Model {
        var builder = GraphBuilder()
        builder.input("image", [.symbol("N"), .fixed(3), .symbol("height"), .unspecified])
        builder.store("w", [4, 3, 1, 1])
        builder.node("Conv", ["image", "w"], ["y"], name: "conv")
        var tensors = builder.tensors
        let analysis = GraphAnalysis(builder.graph, tensors: tensors)
        let layers = builder.graph.layers(tensors: &tensors, analysis: analysis)
        return Model(
            name: "m.onnx", format: "ONNX", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: builder.graph, layers: layers,
            macs: analysis.macs, assumptions: analysis.assumed)
    }

    @Test("Height and width of images are assumed, and told; the number of samples is not")
    func assumed() {
        let model = model()
        #expect(model.macs == .counted(12 * 224 * 224))
        #expect(model.assumptions == ["height = 224", "axis 3 of image = 224"])
    }

    @Test("A shape that is given is counted for, in the model and its layers, all samples of it")
    func given() throws {
        let model = try model().given(inputShapes: ["image": [7, 3, 10, 20]])
        #expect(model.macs == .counted(7 * 12 * 200))
        #expect(model.layers[0].macs == .counted(7 * 12 * 200))
        #expect(model.assumptions.isEmpty)
    }

    @Test(
        "Inputs that are not there, and extents that a file fixes otherwise, are refused in words",
        arguments: [
            ("picture", [1, 3, 8, 8], "m.onnx has no input picture: it has image (N×3×height×?)"),
            ("image", [1, 4, 8, 8], "1×4×8×8 is no shape of the input image (N×3×height×?) of m.onnx"),
            ("image", [1, 3, 8], "1×3×8 is no shape of the input image (N×3×height×?) of m.onnx"),
        ] as [(String, Shape, String)])
    func refused(name: String, shape: Shape, words: String) {
        #expect(throws: Model.InputShapeFault.self) {
            do throws(Model.InputShapeFault) { _ = try model().given(inputShapes: [name: shape]) } catch {
                #expect(error.message == words)
                throw error
            }
        }
    }

    @Test("The states that recurrent layers start from are found through what lies between, and time that comes first as well")
    func states() {
        var graph = Graph(operatorSets: ["": 14])
        graph.inputs = [
            ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(5), .fixed(1), .fixed(4)]),
            ValueInfo(name: "h", elementType: .float32, dimensions: [.fixed(2), .fixed(1), .fixed(8)]),
        ]
        func node(_ operation: String, _ inputs: [String], _ output: String) -> Node {
            Node(name: output, operation: operation, inputs: inputs, outputs: [output], attributes: [:])
        }
        graph.nodes = [node("Slice", ["h", "a", "b"], "h0"), node("GRU", ["x", "w", "r", "", "", "h0"], "y")]
        #expect(graph.startStates == ["h"])
        #expect(graph.readsTimeFirst("x"))
        graph.nodes[1].inputs[0] = "t"
        graph.nodes.insert(node("Transpose", ["x"], "t"), at: 0)
        #expect(!graph.readsTimeFirst("x"))
    }
}
