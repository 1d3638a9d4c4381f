import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

@Suite("Vectors that several layers read")
struct BorrowedVectorTests {
    @Test("Convolutions with one stored bias lose filters apart, and each has a bias of its own then")
    func biases() throws {
        var builder = GraphBuilder()
        builder.input("x", [2, 3, 4, 4])
        let bias = builder.store("bias", [6], -1...1)
        var value = "x"
        for (name, width) in [("first", 3), ("second", 6)] {
            value = builder.node("Conv", [value, builder.store(name + ".w", [6, width, 1, 1]), bias], ["\(name).y"], name: name)
            value = builder.node("Relu", [value])
        }
        builder.node("Conv", [value, builder.store("last.w", [2, 6, 1, 1])], ["y"], name: "last")
        builder.output("y")
        let model = builder.model
        #expect(ChannelAnalysis(model).groups.filter(\.isPrunable).map(\.producers) == [[0], [1]])
        let result = try prune(model, "first", keep: 4)
        #expect(result.model.layers.map(\.shape.dimensions) == [[4, 3, 1, 1], [6, 4, 1, 1], [2, 6, 1, 1]])
        let extents = Dictionary(uniqueKeysWithValues: result.model.tensors.map { ($0.name, $0.tensor.shape.dimensions) })
        #expect(extents["bias"] == [6] && extents["bias.kept"] == [4])
        let both = try prune(result.model, "second", keep: 5)
        #expect(both.model.tensors.filter { $0.name.hasPrefix("bias") }.map(\.tensor.shape.dimensions).sorted { $0[0] < $1[0] } == [[4], [5]])
    }

    @Test("Norms with one scale, one shift and one mean, all equal at first, do not tie the layers before them")
    func norms() throws {
        var builder = GraphBuilder()
        builder.input("x", [2, 3, 4, 4])
        let (ones, zeros) = (builder.store("ones", Tensor([Float](repeating: 1, count: 6), shape: [6])), builder.store("zeros", [6], 0...0))
        var value = "x"
        for (name, width) in [("first", 3), ("second", 6)] {
            value = builder.node("Conv", [value, builder.store(name + ".w", [6, width, 1, 1])], ["\(name).y"], name: name)
            value = builder.node("BatchNormalization", [value, ones, zeros, zeros, ones])
        }
        value = builder.node("Mul", [value, builder.store("scale", [6, 1, 1])])
        builder.node("Conv", [value, builder.store("last.w", [2, 6, 1, 1])], ["y"], name: "last")
        builder.output("y")
        let model = builder.model
        #expect(ChannelAnalysis(model).groups.filter(\.isPrunable).map(\.producers) == [[0], [1]])
        for name in ["first", "second"] { try prune(model, name, keep: 3) }
    }

    @Test("A layer that runs twice keeps one bias, which shrinks in its place")
    func repeated() throws {
        var builder = GraphBuilder()
        builder.input("x", [2, 6, 4, 4])
        let (weights, bias) = (builder.store("w", [6, 6, 1, 1]), builder.store("bias", [6], -1...1))
        var value = builder.node("Conv", ["x", builder.store("first.w", [6, 6, 1, 1])], ["first.y"], name: "first")
        for name in ["once", "twice"] { value = builder.node("Conv", [value, weights, bias], ["\(name).y"], name: name) }
        builder.node("Conv", [value, builder.store("last.w", [2, 6, 1, 1])], ["y"], name: "last")
        builder.output("y")
        let result = try prune(builder.model, "first", keep: 4)
        #expect(result.model.tensors.map(\.tensor.shape.dimensions) == [[4, 4, 1, 1], [4], [4, 6, 1, 1], [2, 4, 1, 1]])
    }

    @Test("A bias that the caller gets as well stays whole for the caller")
    func given() throws {
        let model = between(after: 8) { builder, value in
            let bias = builder.store("bias", [8, 1, 1], -1...1)
            builder.node("Identity", [bias], ["told"])
            builder.output("told")
            return builder.node("Relu", [builder.node("Add", [value, bias])])
        }
        let result = try prune(model, "first", keep: 5)
        #expect(result.model.tensors.first { $0.name == "bias" }?.tensor.shape == [8, 1, 1])
    }
}
