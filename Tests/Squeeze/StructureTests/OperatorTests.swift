import Compression
import Factorization
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

@Suite("Operators between layers")
struct OperatorTests {
    @Test("Layers joined by an addition are one group; behind a join they are groups of their own")
    func joins() throws {
        let sum = between(after: 8) { builder, first in
            let second = builder.node("Conv", ["x", builder.store("second.w", [8, 3, 1, 1])], name: "second")
            return builder.node("Add", [first, second])
        }
        let group = try #require(ChannelAnalysis(sum).group(ofLayer: layer("second", sum)))
        #expect(group.producers.map { sum.layers[$0].name } == ["first", "second"])
        #expect(group.consumers.map { sum.layers[$0].name } == ["last"])
        try prune(sum, "second", keep: 3)

        let join = between(after: 13) { builder, first in
            let second = builder.node("Conv", ["x", builder.store("second.w", [5, 3, 1, 1])], name: "second")
            return builder.node("Concat", [second, first], nil, ["axis": .integer(1)])
        }
        let channels = ChannelAnalysis(join)
        let reader = try #require(channels.group(ofLayer: layer("first", join))?.readers.first)
        #expect(reader.axis == 1 && reader.layer == layer("last", join))
        #expect(reader.channels == [-1, -1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7])
        let result = try prune(join, "first", keep: 2)
        #expect(result.model.layers[layer("last", join)].shape == [2, 7, 1, 1])
    }

    @Test("Nothing is free that reaches an output, a mix of channels or an operator nobody knows")
    func obstacles() {
        func obstacle(_ body: (inout GraphBuilder, String) -> String) -> String? {
            let model = between { builder, first in
                let value = body(&builder, first)
                builder.output(value)
                return value
            }
            return ChannelAnalysis(model).obstacle(ofLayer: layer("first", model))
        }
        #expect(obstacle { _, first in first } == "its output is the graph's output first.y")
        #expect(obstacle { $0.node("Softmax", [$1], name: "prob", ["axis": .integer(1)]) } == "Softmax prob mixes the channels")
        #expect(obstacle { $0.node("ReduceMean", [$1], name: "mean", ["axes": .integers([1])]) } == "ReduceMean mean mixes the channels")
        #expect(obstacle { $0.node("Mystery", [$1], name: "odd") } == "unsupported consumer Mystery at node odd")
        #expect(
            obstacle { builder, first in
                let shape = builder.node("Shape", [first])
                return builder.node("ReduceProd", [shape], name: "count")
            } == "its output is the graph's output count.y")
        #expect(
            obstacle { builder, first in
                let count = builder.node("Cast", [builder.node("Shape", [first])], nil, ["to": .integer(1)])
                let mean = builder.node("ReduceMean", [count], name: "mean")
                return builder.node("Mul", [builder.node("GlobalAveragePool", [first]), mean], name: "scaled")
            } == "its number of channels is reckoned with at ReduceMean mean")
        #expect(
            obstacle { builder, first in
                builder.node("Einsum", [first, first], name: "bilinear", ["equation": .text("n...,n...->n")])
            } == "Einsum bilinear mixes it with what cannot be dropped")
        #expect(
            obstacle { builder, first in
                builder.input("other", [.symbol("N"), .fixed(8), .fixed(4), .fixed(4)])
                return builder.node("Conv", [builder.node("Add", [first, "other"], name: "sum"), builder.store("w", [2, 8, 1, 1])])
            } == "Add sum joins it with the graph input other, whose channels stay")
        #expect(
            obstacle { builder, first in
                var body = Graph(name: "body", operatorSets: ["": 13])
                body.nodes = [Node(operation: "Relu", inputs: [first], outputs: ["inner"])]
                body.outputs = [ValueInfo(name: "inner", elementType: .float32, dimensions: nil)]
                builder.input("flag", [Int](), .boolean)
                return builder.node("If", ["flag"], name: "choice", ["then_branch": .graph(body), "else_branch": .graph(body)])
            } == "If choice reads it in a branch or loop")
    }

    @Test("Behind an operator nobody knows that is the reason, not the weights")
    func unfollowed() {
        let model = between(after: 8) { builder, first in builder.node("Mystery", [first], name: "odd") }
        let reason = "the shape of what it reads is not known: unknown operator Mystery at node odd"
        #expect(ChannelAnalysis(model).obstacle(ofLayer: layer("last", model)) == reason)
    }

    @Test("A part that must stay does not bind the rest")
    func partlyFixed() throws {
        let model = between(after: 5) { builder, first in
            builder.node("Split", [first, builder.store("parts", integers: [3, 5])], ["left", "right"], ["axis": .integer(1)])
            builder.node("Relu", ["left"], ["z"])
            builder.output("z")
            return "right"
        }
        let channels = ChannelAnalysis(model)
        let group = try #require(channels.group(ofLayer: layer("first", model)))
        #expect(group.isPrunable && group.fixed == [0, 1, 2] && group.fixedReason != nil)
        try prune(model, "first", keep: 4)
        // Even if asked for one, the other part keeps one too.
        let kept = channels.kept(for: [0: FilterRule(.keep(1))]) { group, _ in group.channels.map { _ in 0 } }
        #expect(kept.count(ofLayer: 0) == 4)
        #expect((0..<8).filter { kept.contains(group.channels[$0]) } == [0, 1, 2, 3])
    }

    @Test("Groups keep their lengths, and depthwise filters go with their channel")
    func grouped() throws {
        let model = between(after: 6) { builder, first in
            builder.node(
                "Conv", [first, builder.store("w", [6, 4, 3, 3])], name: "grouped",
                ["group": .integer(2), "pads": .integers([1, 1, 1, 1])])
        }
        let channels = ChannelAnalysis(model)
        #expect(channels.group(ofLayer: layer("first", model))?.channelCount == 4)
        #expect(channels.group(ofLayer: layer("grouped", model))?.channelCount == 3)
        #expect(channels.filterCount(ofLayer: layer("grouped", model)) == 6)
        let result = try prune(model, "first", keep: 2)
        #expect(result.model.layers[1].shape == [6, 1, 3, 3])
        try prune(model, "grouped", keep: 4)

        let depthwise = between(after: 16) { builder, first in
            builder.node(
                "Conv", [first, builder.store("w", [16, 1, 3, 3])], name: "dw",
                ["group": .integer(8), "pads": .integers([1, 1, 1, 1])])
        }
        let pruned = try prune(depthwise, "first", keep: 5)
        #expect(pruned.model.layers.map(\.shape) == [[5, 3, 1, 1], [10, 1, 3, 3], [2, 10, 1, 1]])
        let node = pruned.model.graph?.nodes.first { $0.name == "dw" }
        #expect(node?.attributes["group"].map { "\($0)" } == "integer(5)")
    }

    @Test("A shortcut by slicing and padding nests one group in another")
    func nested() throws {
        let model = between(after: 12) { builder, first in
            let pads = builder.store("pads", integers: [0, 2, 0, 0, 0, 2, 0, 0])
            let padded = builder.node("Pad", [first, pads])
            let wide = builder.node("Conv", [first, builder.store("wide.w", [12, 8, 1, 1])], name: "wide")
            return builder.node("Add", [padded, wide])
        }
        let channels = ChannelAnalysis(model)
        let (first, wide) = (layer("first", model), layer("wide", model))
        #expect(channels.group(ofLayer: first)?.channelCount == 8)
        #expect(channels.group(ofLayer: wide)?.channelCount == 12)
        func kept(_ rules: [Int: FilterRule]) -> (Int, Int) {
            let kept = channels.kept(for: rules) { group, _ in group.channels.indices.map(Double.init) }
            return (kept.count(ofLayer: first), kept.count(ofLayer: wide))
        }
        let half = FilterRule(.fraction(0.5))
        #expect(kept([first: half, wide: half]) == (4, 6))
        #expect(kept([first: half]) == (4, 8))
        // The inner group was asked to keep everything by saying nothing.
        #expect(kept([wide: FilterRule(.keep(1))]) == (8, 8))
        try prune(model, "first", keep: 3)
    }

    @Test("Merging and splitting axes carries channels along, whichever way the target is given")
    func reshaping() throws {
        func head(_ flatten: (inout GraphBuilder, String) -> String) throws {
            let model = between { builder, first in
                let flat = flatten(&builder, first)
                builder.node("Gemm", [flat, builder.store("head", [3, 128])], ["y"], name: "head", ["transB": .integer(1)])
                builder.output("y")
                return "y"
            }
            let result = try prune(model, "first", keep: 5)
            #expect(result.model.layers.last?.shape == [3, 80])
        }
        try head { $0.node("Flatten", [$1]) }
        try head { $0.node("Reshape", [$1, $0.store("t", integers: [-1, 128])]) }
        try head { $0.node("Reshape", [$1, $0.store("t", integers: [0, -1])]) }
        try head { builder, first in
            let batch = builder.node("Gather", [builder.node("Shape", [first]), builder.store("i", integers: [0], isScalar: true)])
            let axes = builder.store("axes", integers: [0])
            let rest = builder.store("rest", integers: [128])
            let target = builder.node("Concat", [builder.node("Unsqueeze", [batch, axes]), rest], nil, ["axis": .integer(0)])
            return builder.node("Reshape", [first, target])
        }
        try head { builder, first in
            let split = builder.node("Reshape", [first, builder.store("t", integers: [0, 8, 16])])
            return builder.node("Flatten", [builder.node("Transpose", [split], nil, ["perm": .integers([0, 2, 1])])])
        }
        // From a vector to channels: blocks of rows go together.
        var builder = GraphBuilder()
        builder.input("x", [.symbol("N"), .fixed(3)])
        let vector = builder.node("Gemm", ["x", builder.store("w", [3, 32]), builder.store("b", [32])], nil, name: "project")
        let image = builder.node("Reshape", [vector, builder.store("t", integers: [-1, 8, 2, 2])])
        builder.node("ConvTranspose", [image, builder.store("last.w", [8, 2, 2, 2])], ["y"], name: "last")
        builder.output("y")
        let model = builder.model
        #expect(ChannelAnalysis(model).group(ofLayer: 0)?.channelCount == 8)
        let result = try prune(model, "project", keep: 20)
        #expect(result.model.layers.map(\.shape) == [[3, 20], [5, 2, 2, 2]])
    }

    @Test("Norms, gates and constants by channel are sliced along")
    func parameters() throws {
        try prune(
            between(after: 8) { builder, first in
                let scale = builder.store("scale", [8]), shift = builder.store("shift", [8])
                let normal = builder.node("InstanceNormalization", [first, scale, shift])
                let slope = builder.node("PRelu", [normal, builder.store("slope", [8, 1, 1])])
                return builder.node("Mul", [builder.store("factor", [1, 8, 1, 1]), slope])
            }, "first", keep: 3)
        let normalized = try prune(
            between(after: 8) { builder, first in
                let last = builder.node("Transpose", [first], nil, ["perm": .integers([0, 2, 3, 1])])
                let normal = builder.node("LayerNormalization", [last, builder.store("scale", [8]), builder.store("shift", [8])])
                return builder.node("Transpose", [normal], nil, ["perm": .integers([0, 3, 1, 2])])
            }, "first", keep: 3, isExact: false)
        #expect(normalized.model.tensors.first { $0.name == "scale" }?.tensor.shape == [3])
        try prune(
            between(operatorSet: 21, after: 8) { builder, first in
                builder.node(
                    "GroupNormalization", [first, builder.store("scale", [8]), builder.store("shift", [8])], nil,
                    ["num_groups": .integer(2)])
            }, "first", keep: 6, isExact: false)
    }

    @Test("A state that the graph computes is picked from; a state that is an output in its own right binds the units")
    func states() throws {
        func network(_ isComputed: Bool) -> Model {
            var builder = GraphBuilder()
            builder.input("x", [.symbol("T"), .symbol("B"), .fixed(3)])
            let given = isComputed ? "s" : "h"
            builder.input(given, [.fixed(1), .symbol("B"), .fixed(6)])
            let state = isComputed ? builder.node("Tanh", [given]) : given
            builder.node(
                "GRU", ["x", builder.store("W", [1, 18, 3]), builder.store("R", [1, 18, 6]), "", "", state], ["all", "last"],
                name: "gru", ["hidden_size": .integer(6)])
            let squeezed = builder.node("Squeeze", ["all", builder.store("axes", integers: [1])])
            builder.node("MatMul", [squeezed, builder.store("out", [6, 2])], ["y"], name: "out")
            builder.output("y")
            if !isComputed { builder.output("last") }
            return builder.model
        }
        let picked = try prune(network(true), "gru/W", keep: 4)
        #expect(picked.model.graph?.nodes.contains { $0.operation == "Gather" } == true)
        #expect(picked.model.graph?.inputs[1].dimensions?.last == .fixed(6))
        let shrunk = try prune(network(false), "gru/R", keep: 4)
        #expect(shrunk.model.graph?.inputs[1].dimensions?.last == .fixed(4))

        var builder = GraphBuilder()
        builder.input("x", [.symbol("T"), .symbol("B"), .fixed(3)])
        builder.node(
            "RNN", ["x", builder.store("W", [1, 6, 3]), builder.store("R", [1, 6, 6])], ["", "last"], name: "rnn",
            ["hidden_size": .integer(6)])
        builder.output("last")
        #expect(ChannelAnalysis(builder.model).obstacle(ofLayer: 0) == "its output is the graph's output last")
    }

    @Test("Weights that two layers share bind both")
    func tied() throws {
        var builder = GraphBuilder()
        builder.input("tokens", [.symbol("T")], .int64)
        let embedded = builder.node("Gather", [builder.store("E", [5, 6]), "tokens"], name: "embed")
        let hidden = builder.node("MatMul", [embedded, builder.store("W", [6, 6])], name: "dense")
        let residual = builder.node("Add", [embedded, hidden])
        let turned = builder.node("Transpose", ["E"], nil, ["perm": .integers([1, 0])])
        builder.node("MatMul", [residual, turned], ["y"], name: "head")
        builder.output("y")
        let model = builder.model
        let channels = ChannelAnalysis(model)
        #expect(model.layers.map(\.name) == ["embed", "dense"])
        #expect(channels.groups.count == 1)
        let result = try prune(model, "embed", keep: 4)
        #expect(result.model.layers.map(\.shape) == [[5, 4], [4, 4]])
        let restructuring = Restructuring(model, channels)
        #expect(restructuring.factorObstacle(ofLayer: 0) == "its weights are used in different ways")
    }

    @Test("Without a graph no filter can go, and the reason says so")
    func withoutGraph() {
        let tensor = Tensor([Float](repeating: 1, count: 12), shape: [4, 3])
        let model = Model(
            name: "m", format: "safetensors", fileByteCount: 48, structureByteCount: 0,
            tensors: [StoredTensor(name: "w", tensor: tensor)], graph: nil,
            layers: [
                Layer(
                    name: "w", operation: "Tensor", weight: 0, bias: nil, shape: [4, 3], macs: .unknown(reason: "no graph"),
                    matrix: MatrixView(shape: [4, 3]))
            ], macs: .unknown(reason: "no graph"))
        let channels = ChannelAnalysis(model)
        #expect(channels.groups.isEmpty)
        #expect(channels.obstacle(ofLayer: 0)?.contains("no graph") == true)
        let kept = channels.kept(for: [0: FilterRule(.keep(1))]) { _, _ in [] }
        #expect(kept.isEverything)
    }
}
