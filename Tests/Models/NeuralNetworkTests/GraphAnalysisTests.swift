import NeuralNetwork
import TensorCore
import Testing

@Suite("Graph analysis")
struct GraphAnalysisTests {
    @Test("Nodes out of order are analysed producers first")
    func order() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(2), .fixed(3)])
        builder.node("Transpose", ["b"], ["c"])
        builder.node("Relu", ["x"], ["a"])
        builder.node("Relu", ["a"], ["b"])
        #expect(builder.analysis.order == [1, 2, 0])
        #expect(builder.analysis.shapes["c"] == [3, 2])
    }

    @Test("Other extents are smaller ones where a graph does not go with larger, as when a table of positions ends before", arguments: [1, 13, 16, 24])
    func variedWithinTables(length: Int) throws {
        var builder = GraphBuilder()
        builder.input("tokens", [.symbol("N"), .symbol("length")])
        builder.store("words", [50, 4])
        builder.store("positions", [24, 4])
        builder.store("zero", integers: [0])
        builder.store("one", integers: [1])
        builder.node("Gather", ["words", "tokens"], ["embedded"])
        builder.node("Shape", ["tokens"], ["shape"])
        builder.node("Slice", ["shape", "one", "two", "zero"], ["end"])
        builder.store("two", integers: [2])
        builder.node("Slice", ["positions", "zero", "end", "zero"], ["here"])
        builder.node("Add", ["embedded", "here"], ["sum"])
        builder.graph.sampleShapes = ["tokens": [1, length]]
        let analysis = builder.analysis
        #expect(analysis.shapes["sum"] == [1, length, 4])
        let varied = try #require(analysis.varied(builder.graph, tensors: builder.tensors))
        #expect(varied.unknownShapes.isEmpty)
        let other = try #require(varied.shapes["sum"])
        #expect(other[0] == 2 && other[1] != length && other[2] == 4)
    }

    @Test("A cycle is named, and does not end the analysis of the rest")
    func cycle() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(2), .fixed(3)])
        builder.store("w", [3, 4])
        builder.node("Add", ["x", "b"], ["a"], name: "first")
        builder.node("Relu", ["a"], ["b"], name: "second")
        builder.node("MatMul", ["x", "w"], ["y"], name: "fc")
        builder.node("Relu", ["self"], ["self"])
        let analysis = builder.analysis
        #expect(analysis.order == [2])
        #expect(analysis.macs.reason == "Add first waits for its own output")
        #expect(analysis.unknownShapes["b"] == "Relu second waits for its own output")
        #expect(analysis.nodeMACs[2] == .counted(24))
        #expect(builder.layers.map(\.macs) == [.counted(24)])
    }

    @Test("An unknown operator is the reason for everything behind it, and for nothing else")
    func unknownOperator() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(3)])
        builder.store("w", [3, 4])
        builder.node("Mystery", ["x"], ["m"], name: "pre", domain: "com.example")
        builder.node("Relu", ["m"], ["r"])
        builder.node("MatMul", ["r", "w"], ["y"], name: "behind")
        builder.node("MatMul", ["x", "w"], ["z"], name: "beside")
        let reason = "unknown operator Mystery of domain com.example at node pre"
        let analysis = builder.analysis
        #expect(analysis.macs == .unknown(reason: reason))
        #expect(analysis.nodeMACs[1] == .counted(0))
        #expect(analysis.nodeMACs[2] == .unknown(reason: reason))
        #expect(analysis.nodeMACs[3] == .counted(12))
        #expect(analysis.unknownShapes["y"] == reason)
    }

    @Test("A declared shape stands in where none is inferred, unless it is open")
    func declaredShapes() {
        var builder = GraphBuilder()
        builder.input("x", [.symbol("N"), .fixed(3)])
        builder.store("w", [3, 4])
        builder.node("Mystery", ["x"], ["m", "n", "o"])
        builder.graph.valueInfos["m"] = ValueInfo(name: "m", elementType: nil, dimensions: [.symbol("N"), .fixed(3)])
        builder.graph.valueInfos["n"] = ValueInfo(name: "n", elementType: nil, dimensions: [.symbol("H"), .fixed(3)])
        builder.node("MatMul", ["m", "w"], ["y"])
        builder.node("MatMul", ["n", "w"], ["z"])
        let analysis = builder.analysis
        #expect(analysis.shapes["m"] == [1, 3])
        #expect(analysis.shapes["n"] == nil)
        #expect(analysis.nodeMACs[1] == .counted(12))
        #expect(analysis.nodeMACs[2].count == nil)
    }

    @Test("What is counted is for one sample, however many a file fixes", arguments: [.symbol("N"), .fixed(1), .fixed(6)] as [Dimension])
    func oneSample(_ batch: Dimension) {
        var builder = GraphBuilder()
        builder.input("x", [batch, .fixed(2), .fixed(8)])
        builder.store("c", [4, 2, 5])
        builder.store("w", [4, 3])
        builder.node("Conv", ["x", "c"], ["m"])
        builder.node("MatMul", ["m", "w"], ["y"])
        builder.graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        #expect(builder.analysis.nodeMACs == [.counted(160), .counted(48)])
        #expect(builder.analysis.macs == .counted(208) && builder.layers.map(\.macs) == [.counted(160), .counted(48)])
    }

    @Test("Steps that come before samples are counted all, and so is an axis that is no sample's")
    func noSamples() {
        var recurrent = GraphBuilder()
        recurrent.input("x", [.fixed(5), .fixed(2), .fixed(3)])
        recurrent.store("w", [1, 4, 3])
        recurrent.store("r", [1, 4, 4])
        recurrent.node("RNN", ["x", "w", "r"], ["y"], ["hidden_size": .integer(4)])
        recurrent.graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        #expect(recurrent.analysis.macs == .counted(5 * 4 * 7))
        var channels = GraphBuilder()
        channels.input("x", [.fixed(3), .fixed(8)])
        channels.store("shape", integers: [1, 24])
        channels.store("w", [24, 2])
        channels.node("Reshape", ["x", "shape"], ["r"])
        channels.node("MatMul", ["r", "w"], ["y"])
        channels.graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
        #expect(channels.analysis.macs == .counted(48))
    }

    @Test("Open dimensions count as 1, and others as much as the windows need")
    func symbols() {
        var builder = GraphBuilder()
        builder.input("x", [.symbol("N"), .fixed(2), .symbol("time")])
        builder.store("w", [4, 2, 5])
        builder.node("Conv", ["x", "w"], ["y"])
        let analysis = builder.analysis
        #expect(analysis.assumptions == ["N": 1, "time": 8])
        #expect(analysis.shapes["y"] == [1, 4, 4])
        let explicit = GraphAnalysis(builder.graph, tensors: builder.tensors, extents: ["N": 3, "time": 5])
        #expect(explicit.shapes["y"] == [3, 4, 1])
    }

    @Test("Extents that are open grow until what was halved and doubled meets again")
    func meeting() {
        var builder = GraphBuilder()
        builder.input("x", [.symbol("N"), .fixed(1), .symbol("time")])
        builder.store("w", [1, 1, 3])
        let halved: [String: Attribute] = ["strides": .integers([2]), "pads": .integers([1, 1])]
        builder.node("Conv", ["x", "w"], ["half"], halved)
        builder.node("Conv", ["half", "w"], ["quarter"], halved)
        builder.node("ConvTranspose", ["quarter", "w"], ["double"], halved.merging(["output_padding": .integers([1])]) { $1 })
        builder.node("Concat", ["half", "double"], ["both"], ["axis": .integer(1)])
        #expect(builder.analysis.shapes["both"] == [1, 2, 2])
        #expect(builder.analysis.assumptions == ["N": 1, "time": 4])
    }

    @Test("A window that never fits leaves a reason")
    func windowWithoutRoom() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1), .fixed(2), .fixed(3)])
        builder.store("w", [4, 2, 5])
        builder.node("Conv", ["x", "w"], ["y"], name: "conv")
        #expect(builder.analysis.macs == .unknown(reason: "Conv conv: a window of 5 does not fit in 3 elements"))
    }

    @Test("Absurd numbers leave reasons and never trap")
    func absurdities() {
        let huge = [Int.max, Int.min, 1 << 62, -1, 0, 1 << 40, 1 << 33]
        for number in huge {
            for operation in [
                "Conv", "ConvTranspose", "MaxPool", "Reshape", "Slice", "Pad", "Split", "Tile", "Expand", "Gather",
                "Concat", "Unsqueeze", "Squeeze", "Flatten", "Transpose", "Resize", "TopK", "OneHot", "ConstantOfShape",
                "Range", "Shape", "ReduceSum", "DepthToSpace", "SpaceToDepth", "LSTM", "Mod", "Div", "Neg", "Abs", "Cast",
                "GatherND", "CenterCropPad", "RoiAlign", "Upsample", "AffineGrid", "RandomNormal", "Einsum", "Gemm",
            ] {
                var builder = GraphBuilder()
                builder.input("x", [.fixed(1), .fixed(4), .fixed(8), .fixed(8)])
                builder.store("w", [4, 4, 3, 3])
                builder.store("n", integers: [number, number])
                builder.store("one", integers: [number])
                let attributes: [String: Attribute] = Dictionary(
                    uniqueKeysWithValues: [
                        "strides", "pads", "dilations", "kernel_shape", "output_padding", "output_shape", "axes", "perm",
                        "split", "starts", "ends", "shape",
                    ].map { ($0, Attribute.integers([number, number])) }
                        + ["axis", "blocksize", "k", "group", "start", "end", "batch_dims", "to", "hidden_size", "output_height"]
                        .map { ($0, Attribute.integer(number)) })
                for inputs in [["x", "w"], ["x", "n"], ["x", "one"], ["n", "one"], ["one", "one", "one"], ["x", "n", "n", "n", "n"], ["n"], []] {
                    builder.node(operation, inputs, ["y\(inputs)", "z\(inputs)"], attributes)
                    builder.node(operation, inputs, ["v\(inputs)"])
                }
                let analysis = builder.analysis
                #expect(analysis.order.count == 16)
                for shape in analysis.shapes.values { #expect(shape.dimensions.allSatisfy { $0 >= 0 }) }
            }
        }
    }

    @Test("Vectors made of shapes are told, stored ones and numbers are not")
    func integers() {
        var builder = GraphBuilder()
        builder.input("x", [.symbol("N"), .fixed(4)])
        builder.store("first", integers: [1])
        builder.node("Shape", ["x"], ["shape"])
        builder.node("Gather", ["shape", "first"], ["width"])
        builder.node("Relu", ["x"], ["y"])
        #expect(builder.analysis.integers == ["shape": [1, 4], "width": [4]])
    }

    @Test("Reasons are one line of bounded length, whatever the names")
    func reasons() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1)])
        builder.node("Odd\u{1b}[2J", ["x"], ["y"], name: "a\nb" + String(repeating: "c", count: 10_000))
        let reason = builder.analysis.macs.reason ?? ""
        #expect(reason.hasPrefix(#"unknown operator Odd\u{1b}[2J at node a\u{a}bccc"#))
        #expect(reason.count < 300)
    }

    @Test("Costs beyond 63 bits are unknown")
    func overflow() {
        var builder = GraphBuilder()
        builder.input("x", [.fixed(1 << 31), .fixed(1 << 31)])
        builder.input("y", [.fixed(1 << 31), .fixed(1 << 31)])
        builder.node("MatMul", ["x", "y"], ["z"], name: "huge")
        #expect(builder.analysis.macs == .unknown(reason: "MatMul huge: a count exceeds 63 bits"))
    }

    @Test("Sums and multiples of counts keep the first reason and never overflow")
    func countArithmetic() {
        let unknown = MACCount.unknown(reason: "a")
        #expect(.counted(2) + .counted(3) == .counted(5))
        #expect(unknown + .unknown(reason: "b") == unknown)
        #expect((MACCount.counted(.max) + .counted(1)).count == nil)
        #expect(.counted(4) * 3 == .counted(12))
        #expect((MACCount.counted(.max) * 2).count == nil)
    }
}
