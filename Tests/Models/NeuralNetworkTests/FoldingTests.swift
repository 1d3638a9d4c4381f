import NeuralNetwork
import TensorCore
import Testing

@Suite("Weights that a graph computes")
struct FoldingTests {
    /// Folds a graph in the making; its layers, and the elements of a tensor by its name.
    private func folded(_ builder: GraphBuilder) -> (graph: Graph, layers: [Layer], tensors: [StoredTensor], leftOut: [LeftOutWeights]) {
        var tensors = builder.tensors
        let graph = builder.graph.foldingStoredArithmetic(&tensors)
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        let leftOut = graph.leftOutWeights(tensors: &tensors, layers: layers)
        return (graph, layers, tensors, leftOut)
    }

    private func store(_ builder: inout GraphBuilder, _ name: String, _ values: [Float], _ shape: Shape) {
        builder.graph.initializers[name] = builder.tensors.count
        builder.tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
    }

    @Test("Weight norm as exporters write it is one layer: g · v / ‖v‖")
    func weightNorm() throws {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2)])
        store(&builder, "v", [3, 4, 0, 2, 1, 1], [3, 2])
        store(&builder, "g", [10, 1, 2], [3, 1])
        builder.store("axes", integers: [1])
        builder.graph.operatorSets[""] = 18
        builder.node("ReduceL2", ["v", "axes"], ["length"])
        builder.node("Div", ["v", "length"], ["direction"])
        builder.node("Mul", ["direction", "g"], ["w"])
        builder.node("Gemm", ["x", "w"], ["y"], name: "fc", ["transB": .integer(1)])
        builder.graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        let (graph, layers, tensors, leftOut) = folded(builder)
        #expect(layers.map(\.name) == ["fc"])
        #expect(graph.nodes.map(\.operation) == ["Gemm"])
        #expect(Array(graph.initializers.keys) == ["w"])
        #expect(tensors.map(\.name) == ["w"])
        let expected: [Float] = [6, 8, 0, 1, Float(2.0.squareRoot()), Float(2.0.squareRoot())]
        #expect(try zip(tensors[0].tensor.floats(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(leftOut.isEmpty)
    }

    @Test("A mask is multiplied in, and what else reads the parts keeps them")
    func mask() throws {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2)])
        store(&builder, "orig", [1, 2, 3, 4], [2, 2])
        store(&builder, "mask", [0, 1, 1, 0], [2, 2])
        builder.node("Mul", ["orig", "mask"], ["w"])
        builder.node("Transpose", ["w"], ["t"])
        builder.node("MatMul", ["x", "t"], ["h"], name: "fc")
        builder.node("Add", ["h", "orig"], ["y"])
        builder.graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        let (graph, layers, tensors, _) = folded(builder)
        #expect(layers.count == 1)
        #expect(try tensors[layers[0].weight].tensor.floats() == [0, 2, 3, 0])
        #expect(Set(graph.initializers.keys) == ["orig", "w"])
        #expect(graph.nodes.map(\.operation) == ["Transpose", "MatMul", "Add"])
    }

    @Test(
        "Spectral norm as exporters write it without folding is one layer: W / (u · W v), the shape put together of numbers",
        arguments: [false, true])
    func spectralNorm(inAttributes: Bool) throws {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(1), .fixed(4), .fixed(4)])
        store(&builder, "c.weight_orig", [1, 2, 3, 4, 5, 6, 7, 9], [2, 1, 2, 2])
        store(&builder, "c.weight_u", [1, 0], [2])
        store(&builder, "c.weight_v", [0, 0, 0, 1], [4])
        for (name, value) in [("rows", 2), ("rest", -1)] {
            if inAttributes {
                builder.node("Constant", [], [name], ["value_ints": .integers([value])])
            } else {
                builder.store(name, integers: [value])
            }
        }
        builder.node("Concat", ["rows", "rest"], ["shape"], ["axis": .integer(0)])
        builder.node("Reshape", ["c.weight_orig", "shape"], ["matrix"])
        builder.node("MatMul", ["matrix", "c.weight_v"], ["mv"])
        builder.node("MatMul", ["c.weight_u", "mv"], ["dot"])
        builder.node("Div", ["c.weight_orig", "dot"], ["w"])
        builder.node("Conv", ["x", "w"], ["y"], name: "c")
        builder.graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        let (graph, layers, tensors, leftOut) = folded(builder)
        #expect(layers.map(\.name) == ["c"] && graph.nodes.map(\.operation) == ["Conv"])
        #expect(try tensors.map(\.name) == ["w"] && tensors[0].tensor.floats() == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2.25])
        #expect(leftOut.isEmpty)
    }

    @Test("Layers whose weights the exporter transposed have the names that it notes; recurrent ones those of PyTorch's parameters")
    func notedNames() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(1), .fixed(4)])
        builder.store("val_1", [4, 4])
        builder.store("val_2", [1, 16, 4])
        builder.store("val_3", [1, 16, 4])
        builder.store("val_4", [1, 16, 4])
        builder.node("MatMul", ["x", "val_1"], ["1"], name: "node_MatMul_7")
        builder.node("LSTM", ["1", "val_2", "val_3"], ["2"], name: "node_LSTM_8", ["hidden_size": .integer(4)])
        builder.node("Squeeze", ["2"], ["3"])
        builder.store("to", integers: [1, 1, 4])
        builder.node("Reshape", ["3", "to"], ["4"])
        builder.node("LSTM", ["4", "val_4", "val_3"], ["5"], name: "node_LSTM_9", ["hidden_size": .integer(4)])
        builder.node("MatMul", ["x", "val_5"], ["6"], name: "node_MatMul_10")
        builder.store("val_5", [4, 4])
        builder.graph.nodes[0].weightName = "enc.layers.0.linear1.weight"
        builder.graph.nodes[1].weightName = "lstm"
        builder.graph.nodes[4].weightName = "lstm"
        let layers = folded(builder).layers
        #expect(
            layers.map(\.name) == [
                "enc.layers.0.linear1", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.weight_ih_l1", "node_MatMul_10",
            ])
        #expect(layers[0].otherNames == ["node_MatMul_7", "val_1"] && layers[1].otherNames == ["node_LSTM_8/W", "val_2"])
    }

    @Test("Weights with a low-rank addition are one layer")
    func lowRank() throws {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2)])
        store(&builder, "w0", [1, 0, 0, 1], [2, 2])
        store(&builder, "a", [1, 2], [1, 2])
        store(&builder, "b", [3, 5], [2, 1])
        store(&builder, "scale", [0.5], [])
        builder.node("MatMul", ["b", "a"], ["ba"])
        builder.node("Mul", ["ba", "scale"], ["delta"])
        builder.node("Add", ["w0", "delta"], ["w"])
        builder.node("MatMul", ["x", "w"], ["y"], name: "fc")
        let (_, layers, tensors, _) = folded(builder)
        #expect(layers.map(\.name) == ["fc"])
        #expect(try tensors[layers[0].weight].tensor.floats() == [2.5, 3, 2.5, 6])
    }

    @Test("What depends on an input is not folded, and is named with its reason")
    func dependent() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(6)])
        builder.input("s", [.fixed(1)])
        builder.store("v", [6, 6])
        builder.store("w", [6, 6])
        builder.node("Mul", ["v", "s"], ["scaled"], name: "scale")
        builder.node("MatMul", ["x", "scaled"], ["h"], name: "fc")
        builder.node("Einsum", ["h", "w"], ["y"], name: "sum")
        let (_, layers, _, leftOut) = folded(builder)
        #expect(layers.isEmpty)
        #expect(leftOut.map(\.name) == ["scale", "sum"])
        #expect(leftOut.map(\.parameterCount) == [36, 36])
        #expect(leftOut[1].reason.contains("Einsum"))
    }

    @Test("Quantized weights are named as what they are, and count as parameters")
    func quantized() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(8)])
        let bytes = Tensor(shape: [8, 8], elementType: .int8, storage: .owned([UInt8](repeating: 3, count: 64)))
        builder.graph.initializers["q"] = 0
        builder.tensors.append(StoredTensor(name: "q", tensor: bytes))
        builder.store("scale", [1])
        builder.node("DequantizeLinear", ["q", "scale"], ["w"])
        builder.node("MatMul", ["x", "w"], ["y"], name: "fc")
        let (_, layers, tensors, leftOut) = folded(builder)
        #expect(layers.isEmpty)
        #expect(leftOut.count == 1)
        #expect(leftOut.first?.elementType == "int8")
        #expect(leftOut.first?.reason == "quantized: stored as int8, read through DequantizeLinear")
        #expect(tensors.reduce(0) { $0 + ($1.isParameter ? $1.tensor.count : 0) } == 65)
    }

    @Test("Custom operators and local functions are told apart")
    func custom() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(6)])
        builder.store("a", [6, 6])
        builder.store("b", [6, 6])
        builder.node("dense", ["x", "a"], ["h"], name: "one", domain: "my")
        builder.node("Fast", ["h", "b"], ["y"], name: "two", domain: "their")
        var tensors = builder.tensors
        let found = builder.graph.leftOutWeights(tensors: &tensors, layers: [], functions: ["my.dense"])
        #expect(
            found.map(\.reason) == [
                "used inside the function my.dense", "read by Fast, a custom operator of domain their",
            ])
    }

    @Test("Where a node has a number for a name, the layer has its weights', and answers to both")
    func numberedNodes() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(3)])
        for name in ["layer4.0.fc.weight", "mul_1", "val_3", "w"] { builder.store(name, [3, 3]) }
        builder.store("head.bias", [3])
        builder.node("MatMul", ["x", "layer4.0.fc.weight"], ["1"], name: "node_MatMul_292")
        builder.node("Gemm", ["1", "mul_1", "head.bias"], ["2"], name: "node_linear")
        builder.node("MatMul", ["2", "val_3"], ["3"], name: "node_MatMul_4")
        builder.node("MatMul", ["3", "w"], ["4"], name: "/named/MatMul")
        let layers = builder.layers
        #expect(layers.map(\.name) == ["layer4.0.fc", "head", "node_MatMul_4", "/named/MatMul"])
        #expect(layers.map(\.otherNames) == [["node_MatMul_292", "layer4.0.fc.weight"], ["node_linear", "mul_1"], ["val_3"], ["w"]])
    }
}
