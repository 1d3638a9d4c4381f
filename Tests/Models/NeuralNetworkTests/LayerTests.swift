import NeuralNetwork
import Testing

@Suite("Compressible layers")
struct LayerTests {
    @Test("Names are the nodes', else the weights', and made unique in order")
    func names() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(3)])
        for name in ["a", "b", "c", "d"] { builder.store(name, [3, 3]) }
        builder.node("MatMul", ["x", "a"], ["1"], name: "fc")
        builder.node("MatMul", ["1", "b"], ["2"], name: "fc")
        builder.node("MatMul", ["2", "c"], ["3"])
        builder.node("MatMul", ["3", "d"], ["4"], name: "c")
        #expect(builder.layers.map(\.name) == ["fc", "fc#2", "c", "c#2"])
    }

    @Test("Twenty thousand nodes of one name are named in good time")
    func manyCopies() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(1)])
        for index in 0..<20_000 {
            builder.store("w\(index)", [1, 1])
            builder.node("MatMul", ["x", "w\(index)"], ["y\(index)"], name: "fc")
        }
        #expect(builder.layers.last?.name == "fc#20000")
    }

    @Test("A bias of two layers belongs to the first")
    func sharedBias() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(3)])
        builder.store("a", [3, 3])
        builder.store("b", [3, 3])
        let bias = builder.store("bias", [3])
        builder.node("Gemm", ["x", "a", "bias"], ["1"], name: "one")
        builder.node("Gemm", ["1", "b", "bias"], ["2"], name: "two")
        #expect(builder.layers.map(\.bias) == [bias, nil])
    }

    @Test("An embedding that is also the output's weight is one layer with the product's cost")
    func tiedEmbedding() {
        var builder = GraphBuilder()
        builder.input("tokens", [.fixed(5)])
        builder.store("table", [10, 4])
        builder.node("Gather", ["table", "tokens"], ["e"], name: "embedding")
        builder.node("Transpose", ["table"], ["t"])
        builder.node("MatMul", ["e", "t"], ["y"], name: "head")
        let layers = builder.layers
        #expect(layers.map(\.name) == ["embedding"])
        #expect(layers.map(\.macs) == [.counted(5 * 4 * 10)])
    }

    @Test("A table that is looked up at the same places whatever the network is run on is an addend, and no layer")
    func knownPlaces() {
        func layers(_ length: Dimension, isStored: Bool) -> [String] {
            var builder = GraphBuilder()
            builder.input("tokens", [.symbol("batch"), length])
            builder.store("words", [10, 4])
            builder.store("places", [8, 4])
            builder.node("Gather", ["words", "tokens"], ["w"], name: "words")
            if isStored {
                builder.store("range", integers: [0, 1, 2])
            } else {
                for value in [0, 1] { builder.node("Constant", [], ["\(value)"], ["value_int": .integer(value)]) }
                builder.node("Shape", ["tokens"], ["shape"])
                builder.node("Gather", ["shape", "1"], ["count"])
                builder.node("Range", ["0", "count", "1"], ["range"])
            }
            builder.store("axis", integers: [0])
            builder.node("Unsqueeze", ["range", "axis"], ["rows"])
            for (name, value) in [("least", 0), ("most", 5)] { builder.node("Constant", [], [name], ["value_int": .integer(value)]) }
            builder.node("Clip", ["rows", "least", "most"], ["held"])
            builder.node("Gather", ["places", "held"], ["p"], name: "places")
            builder.node("Add", ["w", "p"], ["y"])
            return builder.layers.map(\.name)
        }
        #expect(layers(.fixed(3), isStored: true) == ["words"])
        #expect(layers(.fixed(3), isStored: false) == ["words"])
        #expect(layers(.symbol("length"), isStored: false) == ["words", "places"])
    }

    @Test("Integer weights, computed weights and literals are no layers")
    func noLayers() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2)])
        builder.store("integers", integers: [1, 2])
        builder.store("small", [2, 2], isLiteral: true)
        builder.store("w", [2, 2])
        builder.node("Reshape", ["integers", "integers"], ["i"])
        builder.node("Cast", ["i"], ["f"], ["to": .integer(1)])
        builder.node("MatMul", ["x", "f"], ["1"])
        builder.node("MatMul", ["x", "small"], ["2"])
        builder.node("Mul", ["w", "w"], ["square"])
        builder.node("MatMul", ["x", "square"], ["3"])
        builder.node("MatMul", ["x", "x"], ["4"])
        #expect(builder.layers.isEmpty)
    }

    @Test("The literals that a layer or a norm reads are parameters")
    func literals() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2), .fixed(4)])
        for name in ["scale", "shift", "mean", "variance"] { builder.store(name, [2], isLiteral: true) }
        builder.store("w", [2, 2, 1], isLiteral: true)
        builder.store("gain", [], isLiteral: true)
        builder.node("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], ["n"])
        builder.node("Conv", ["n", "w"], ["c"], name: "conv")
        builder.node("Mul", ["c", "gain"], ["y"])
        var tensors = builder.tensors
        let layers = builder.graph.layers(tensors: &tensors, analysis: builder.analysis)
        #expect(layers.map(\.name) == ["conv"])
        #expect(tensors.filter(\.isLiteral).map(\.name) == ["gain"])
    }

    @Test("A product of two stored matrices is two layers, made before the network runs")
    func storedProduct() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(3), .fixed(4)])
        builder.store("u", [4, 2])
        builder.store("v", [2, 6])
        builder.node("MatMul", ["u", "v"], ["w"], name: "factors")
        builder.node("MatMul", ["x", "w"], ["y"], name: "product")
        #expect(builder.layers.map(\.name) == ["factors/out", "factors/in"])
        #expect(builder.layers.map(\.macs) == [.counted(0), .counted(0)])
        #expect(builder.analysis.macs == .counted(3 * 4 * 6))
    }

    @Test("Weights that are joined of stored tensors are a layer each; what is joined with something computed is none")
    func joinedWeights() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(5), .fixed(1), .fixed(3)])
        for (name, width) in [("w", 3), ("r", 4), ("w_back", 3), ("r_back", 4)] { builder.store(name, [1, 16, width]) }
        builder.store("a", [3, 2])
        builder.store("b", [3, 6])
        builder.node("Concat", ["w", "w_back"], ["W"], ["axis": .integer(0)])
        builder.node("Concat", ["r", "r_back"], ["R"], ["axis": .integer(0)])
        builder.node("LSTM", ["x", "W", "R"], ["h"], name: "lstm", ["direction": .text("bidirectional"), "hidden_size": .integer(4)])
        builder.node("Concat", ["a", "b"], ["ab"], ["axis": .integer(1)])
        builder.node("MatMul", ["x", "ab"], ["y"], name: "fused")
        builder.node("Concat", ["a", "x"], ["ax"], ["axis": .integer(0)])
        builder.node("MatMul", ["x", "ax"], ["z"], name: "computed")
        let layers = builder.layers
        #expect(layers.map(\.name) == ["lstm/W", "lstm/W_reverse", "lstm/R", "lstm/R_reverse", "fused", "fused#2"])
        // Five steps of two directions with sixteen rows of three and four; five rows of three by two and by six.
        let work = [240, 240, 320, 320, 30, 90]
        #expect(layers.map(\.macs) == work.map { .counted($0) })
    }

    @Test("A long chain of reshapes ends without following it for ever")
    func longChains() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2)])
        builder.store("w0", [2, 2])
        for index in 0..<100_000 { builder.node("Identity", ["w\(index)"], ["w\(index + 1)"]) }
        builder.node("MatMul", ["x", "w10"], ["near"], name: "near")
        builder.node("MatMul", ["x", "w100000"], ["far"], name: "far")
        #expect(builder.layers.map(\.name) == ["near"])
        #expect(builder.analysis.macs == .counted(8))
    }

    @Test("The leading axis that is not 1 goes down in the map")
    func matrixView() {
        #expect(MatrixView(shape: [1, 512, 128]) == MatrixView(rows: 512, columns: 128))
        #expect(MatrixView(shape: [64, 3, 7, 7]) == MatrixView(rows: 64, columns: 147))
        #expect(MatrixView(shape: []) == MatrixView(rows: 1, columns: 1))
        #expect(MatrixView(shape: [0, 3]) == MatrixView(rows: 0, columns: 0))
    }
}
