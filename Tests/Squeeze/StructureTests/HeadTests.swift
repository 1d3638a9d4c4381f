import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

@Suite("Attention heads")
struct HeadTests {
    /// Four heads of two, over three tokens of eight numbers; `project` gives queries, keys and values, each (N, 4, 3, 2).
    private func attention(_ project: (inout GraphBuilder) -> [String]) -> Model {
        var builder = GraphBuilder(operatorSet: 17)
        builder.input("x", [.symbol("N"), .fixed(3), .fixed(8)])
        let parts = project(&builder)
        let keys = builder.node("Transpose", [parts[1]], nil, ["perm": .integers([0, 1, 3, 2])])
        let scores = builder.node("MatMul", [parts[0], keys])
        let scaled = builder.node("Mul", [scores, builder.store("scale", Tensor([0.7], shape: []))])
        let weighted = builder.node("MatMul", [builder.node("Softmax", [scaled], nil, ["axis": .integer(-1)]), parts[2]])
        let turned = builder.node("Transpose", [weighted], nil, ["perm": .integers([0, 2, 1, 3])])
        let merged = builder.node("Reshape", [turned, builder.store("merged", integers: [-1, 3, 8])])
        builder.node("MatMul", [merged, builder.store("out", [8, 5])], ["y"], name: "out")
        builder.output("y")
        return builder.model
    }

    private func heads(_ value: String, _ builder: inout GraphBuilder) -> String {
        let target = builder.store("heads\(builder.tensors.count)", integers: [-1, 3, 4, 2])
        return builder.node("Transpose", [builder.node("Reshape", [value, target])], nil, ["perm": .integers([0, 2, 1, 3])])
    }

    @Test("Queries, keys and values of a head go together, and with what reads it")
    func separate() throws {
        let model = attention { builder in
            ["q", "k", "v"].map { heads(builder.node("MatMul", ["x", builder.store($0, [8, 8])], name: $0), &builder) }
        }
        let group = try #require(ChannelAnalysis(model).group(ofLayer: 0))
        #expect(group.channelCount == 4 && group.producers.count == 3)
        let result = try prune(model, "q", keep: 4)
        #expect(result.model.layers.map(\.shape) == [[8, 4], [8, 4], [8, 4], [4, 5]])
    }

    @Test("A mask of padding that is spread over the heads goes with them, merged with the batch or not", arguments: [false, true])
    func padding(isMerged: Bool) throws {
        var builder = GraphBuilder(operatorSet: 17)
        builder.input("x", [.fixed(2), .fixed(3), .fixed(8)])
        let parts = ["q", "k", "v"].map { heads(builder.node("MatMul", ["x", builder.store($0, [8, 8])], name: $0), &builder) }
        let bias = builder.node("Mul", [builder.node("ReduceMean", ["x"], nil, ["axes": .integers([2])]), builder.store("many", Tensor([3], shape: []))])
        let rows = builder.node("Reshape", [bias, builder.store("rows", integers: [2, 1, 1, 3])])
        var mask = builder.node("Expand", [rows, builder.store("spread", integers: [1, 4, 1, 1])])
        if isMerged {
            let flat = builder.node("Reshape", [mask, builder.store("flat", integers: [8, 1, 3])])
            mask = builder.node("Reshape", [flat, builder.store("again", integers: [2, 4, -1, 3])])
        }
        let keys = builder.node("Transpose", [parts[1]], nil, ["perm": .integers([0, 1, 3, 2])])
        let scores = builder.node("Add", [builder.node("MatMul", [parts[0], keys]), mask])
        let weighted = builder.node("MatMul", [builder.node("Softmax", [scores], nil, ["axis": .integer(-1)]), parts[2]])
        let turned = builder.node("Transpose", [weighted], nil, ["perm": .integers([0, 2, 1, 3])])
        let merged = builder.node("Reshape", [turned, builder.store("merged", integers: [-1, 3, 8])])
        builder.node("MatMul", [merged, builder.store("out", [8, 5])], ["y"], name: "out")
        builder.output("y")
        let result = try prune(builder.model, "q", keep: 4)
        #expect(result.model.layers.map(\.shape) == [[8, 4], [8, 4], [8, 4], [4, 5]])
    }

    @Test("Packed projections, taken apart before or after they are divided into heads", arguments: 0..<4)
    func packed(_ way: Int) throws {
        let model = attention { builder in
            let packed = builder.node("MatMul", ["x", builder.store("qkv", [8, 24])], name: "qkv")
            switch way {
            case 0:
                builder.node("Split", [packed, builder.store("parts", integers: [8, 8, 8])], ["q", "k", "v"], ["axis": .integer(2)])
                return ["q", "k", "v"].map { heads($0, &builder) }
            case 1:
                return (0..<3).map { part in
                    let bounds = [8 * part, 8 * part + 8, 2].enumerated().map { builder.store("b\(part)\($0)", integers: [$1]) }
                    return heads(builder.node("Slice", [packed] + bounds), &builder)
                }
            case 2:
                // (N, T, 3, heads, width) → (3, N, heads, T, width), as in vision transformers.
                let parted = builder.node("Reshape", [packed, builder.store("parted", integers: [-1, 3, 3, 4, 2])])
                let turned = builder.node("Transpose", [parted], nil, ["perm": .integers([2, 0, 3, 1, 4])])
                return (0..<3).map { part in
                    builder.node(
                        "Gather", [turned, builder.store("part\(part)", integers: [part], isScalar: true)], nil,
                        ["axis": .integer(0)])
                }
            default:
                // (N, T, 3, width) → unsqueezed, turned round, squeezed and picked from, as nn.MultiheadAttention is exported.
                let parted = builder.node("Reshape", [packed, builder.store("parted", integers: [-1, 3, 3, 8])])
                let raised = builder.node("Unsqueeze", [parted, builder.store("front", integers: [0])])
                let turned = builder.node("Transpose", [raised], nil, ["perm": .integers([3, 1, 2, 0, 4])])
                let squeezed = builder.node("Squeeze", [turned, builder.store("back", integers: [-2])])
                return (0..<3).map { part in
                    let index = builder.store("part\(part)", integers: [part], isScalar: true)
                    return heads(builder.node("Gather", [squeezed, index], nil, ["axis": .integer(0)]), &builder)
                }
            }
        }
        #expect(ChannelAnalysis(model).group(ofLayer: 0)?.channelCount == 4)
        let result = try prune(model, "qkv", keep: 12)
        #expect(result.model.layers.map(\.shape) == [[8, 12], [4, 5]])
    }

    /// Queries, keys and values of four, two and two heads, side by side or along an axis of their own, into one Attention.
    private func fused(isPacked: Bool) -> Model {
        var builder = GraphBuilder(operatorSet: 23)
        builder.input("x", [.fixed(1), .fixed(3), .fixed(8)])
        let parts = [("q", 4), ("k", 2), ("v", 2)].map { name, count in
            let projected = builder.node("MatMul", ["x", builder.store(name, [8, 2 * count])], name: name)
            if isPacked { return projected }
            let target = builder.store("heads.\(name)", integers: [1, 3, count, 2])
            return builder.node("Transpose", [builder.node("Reshape", [projected, target])], nil, ["perm": .integers([0, 2, 1, 3])])
        }
        builder.node(
            "Attention", parts, ["attended"], name: "attend",
            isPacked ? ["q_num_heads": .integer(4), "kv_num_heads": .integer(2)] : [:])
        let shape = isPacked ? [1, 3, 8] : [1, 4, 3, 2]
        builder.graph.valueInfos["attended"] = ValueInfo(
            name: "attended", elementType: .float32, dimensions: shape.map { .fixed($0) })
        var merged = "attended"
        if !isPacked {
            let turned = builder.node("Transpose", [merged], nil, ["perm": .integers([0, 2, 1, 3])])
            merged = builder.node("Reshape", [turned, builder.store("merged", integers: [1, 3, 8])])
        }
        builder.node("MatMul", [merged, builder.store("out", [8, 5])], ["y"], name: "out")
        builder.output("y")
        return builder.model
    }

    @Test("Heads of Attention, of which two queries share a key, go with it", arguments: [true, false])
    func fusedAttention(_ isPacked: Bool) throws {
        let model = fused(isPacked: isPacked)
        #expect(ChannelAnalysis(model).group(ofLayer: 0)?.channelCount == 2)
        let result = try prune(model, "q", keep: 4, isExact: false)
        #expect(result.model.layers.map(\.shape) == [[8, 4], [8, 2], [8, 2], [4, 5]])
        let node = result.model.graph?.nodes.first { $0.name == "attend" }
        let heads = ["q_num_heads", "kv_num_heads"].map { node?.attributes[$0].map { "\($0)" } }
        #expect(heads == (isPacked ? ["integer(2)", "integer(1)"] : [nil, nil]))
    }

    @Test("A stored token that is expanded to the batch goes with what it is joined to")
    func token() throws {
        var builder = GraphBuilder(operatorSet: 17)
        builder.input("x", [.symbol("N"), .fixed(3), .fixed(8)])
        let embedded = builder.node("MatMul", ["x", builder.store("embed", [8, 6])], name: "embed")
        let batch = builder.node("Gather", [builder.node("Shape", ["x"]), builder.store("zero", integers: [0])])
        let target = builder.node("Concat", [batch, builder.store("rest", integers: [-1, -1])], nil, ["axis": .integer(0)])
        // As PyTorch's older exporter writes it: −1 stands for what is there.
        let ones = builder.store("ones", integers: [1, 1, 1])
        let isThere = builder.node("Equal", [target, builder.store("minus", integers: [-1, -1, -1])])
        let shape = builder.node("Where", [isThere, ones, target])
        let token = builder.node("Expand", [builder.store("token", [1, 1, 6]), shape], name: "expand")
        let joined = builder.node("Concat", [token, embedded], nil, ["axis": .integer(1)])
        builder.node("MatMul", [joined, builder.store("out", [6, 5])], ["y"], name: "out")
        builder.output("y")
        let result = try prune(builder.model, "embed", keep: 4)
        #expect(result.model.tensors.first { $0.name == "token" }?.tensor.shape == [1, 1, 4])
    }

    @Test("Heads merged with the batch, as in products of three axes")
    func merged() throws {
        var builder = GraphBuilder(operatorSet: 17)
        // Tokens come first, and their batch is open.
        builder.input("x", [.fixed(3), .symbol("N"), .fixed(8)])
        let batch = builder.node("Gather", [builder.node("Shape", ["x"]), builder.store("one", integers: [1])])
        let rows = builder.node("Mul", [batch, builder.store("four", integers: [4])])
        let target = builder.node(
            "Concat", [builder.store("tokens", integers: [3]), rows, builder.store("width", integers: [2])], nil, ["axis": .integer(0)])
        let parts = ["q", "k", "v"].map { name in
            let projected = builder.node("MatMul", ["x", builder.store(name, [8, 8])], name: name)
            return builder.node("Transpose", [builder.node("Reshape", [projected, target])], nil, ["perm": .integers([1, 0, 2])])
        }
        let keys = builder.node("Transpose", [parts[1]], nil, ["perm": .integers([0, 2, 1])])
        let scores = builder.node("Softmax", [builder.node("MatMul", [parts[0], keys])], nil, ["axis": .integer(-1)])
        let turned = builder.node("Transpose", [builder.node("MatMul", [scores, parts[2]])], nil, ["perm": .integers([1, 0, 2])])
        let merged = builder.node("Reshape", [turned, builder.store("merged", integers: [3, -1, 8])])
        builder.node("MatMul", [merged, builder.store("out", [8, 5])], ["y"], name: "out")
        builder.output("y")
        let result = try prune(builder.model, "k", keep: 6)
        #expect(result.model.layers.map(\.shape) == [[8, 6], [8, 6], [8, 6], [6, 5]])
    }

    @Test("Units of a recurrent layer whose weights are joined of both directions'", arguments: ["LSTM", "GRU"])
    func joined(_ operation: String) throws {
        let gates = operation == "LSTM" ? 4 : 3
        var builder = GraphBuilder(operatorSet: 17)
        builder.input("x", [.fixed(4), .symbol("N"), .fixed(3)])
        /// One direction's matrix, its gates brought into another order.
        func direction(_ name: String, _ width: Int) -> String {
            let stored = builder.store(name, [6 * gates, width])
            let (axis, order) = (builder.store(name + ".axis", integers: [0]), (0..<gates).reversed())
            let parts = order.map { gate in
                let bounds = [6 * gate, 6 * gate + 6].map { builder.store("\(name).\(gate).\($0)", integers: [$0]) }
                return builder.node("Slice", [stored] + bounds + [axis])
            }
            let joined = builder.node("Concat", parts, nil, ["axis": .integer(0)])
            return builder.node("Unsqueeze", [joined, axis])
        }
        let inputs = [("w", 3), ("r", 6)].map { name, width in
            builder.node("Concat", [direction(name, width), direction(name + ".back", width)], nil, ["axis": .integer(0)])
        }
        builder.node(
            operation, ["x"] + inputs + [builder.store("B", [2, 12 * gates])], ["all"], name: "rnn",
            ["hidden_size": .integer(6), "direction": .text("bidirectional")])
        let turned = builder.node("Transpose", ["all"], nil, ["perm": .integers([0, 2, 1, 3])])
        let flat = builder.node("Reshape", [turned, builder.store("flat", integers: [4, -1, 12])])
        builder.node("MatMul", [flat, builder.store("out", [12, 2])], ["y"], name: "out")
        builder.output("y")
        let model = builder.model
        #expect(model.layers.map(\.name) == ["rnn/W", "rnn/W_reverse", "rnn/R", "rnn/R_reverse", "out"])
        #expect(ChannelAnalysis(model).group(ofLayer: 0)?.producers == [0, 1, 2, 3])
        let result = try prune(model, "rnn/W", keep: 4)
        #expect(result.model.layers.map(\.shape) == [[4 * gates, 3], [4 * gates, 3], [4 * gates, 4], [4 * gates, 4], [8, 2]])
    }
}
