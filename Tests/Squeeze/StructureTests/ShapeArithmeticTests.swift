import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

@Suite("Numbers of channels that are reckoned with")
struct ShapeArithmeticTests {
    /// One element of a value's shape, as a vector.
    private func extent(_ axis: Int, of value: String, _ builder: inout GraphBuilder) -> String {
        let axes = builder.store("axis\(builder.tensors.count)", integers: [axis])
        return builder.node("Gather", [builder.node("Shape", [value]), axes], nil, ["axis": .integer(0)])
    }

    private func number(_ value: Int, _ builder: inout GraphBuilder) -> String {
        builder.store("number\(builder.tensors.count)", integers: [value])
    }

    /// A head that reads `width` numbers of each sample.
    private func head(_ builder: inout GraphBuilder, _ flat: String, width: Int) {
        builder.node("Gemm", [flat, builder.store("head", [3, width])], ["y"], name: "head", ["transB": .integer(1)])
        builder.output("y")
    }

    @Test("allowzero matters only where the target holds a 0")
    func allowzero() throws {
        func network(_ target: [Int]) -> Model {
            between(operatorSet: 18) { builder, first in
                let flat = builder.node(
                    "Reshape", [first, builder.store("t", integers: target)], name: "view", ["allowzero": .integer(1)])
                head(&builder, flat, width: 128)
                return "y"
            }
        }
        let result = try prune(network([-1, 128]), "first", keep: 5)
        #expect(result.model.layers.last?.shape == [3, 80])
        let empty = between(operatorSet: 18) { builder, first in
            builder.node("Reshape", [first, builder.store("t", integers: [0, 8])], name: "view", ["allowzero": .integer(1)])
        }
        #expect(ChannelAnalysis(empty).obstacle(ofLayer: 0) != nil)
    }

    @Test("Halves whose bounds are computed of the number of channels", arguments: [7, 8])
    func chunks(_ channels: Int) throws {
        let model = between(channels: channels, after: channels) { builder, first in
            let count = extent(1, of: first, &builder)
            let half = builder.node("Div", [builder.node("Add", [count, number(1, &builder)]), number(2, &builder)])
            let (zero, axis) = (number(0, &builder), number(1, &builder))
            let end = builder.node("Mul", [half, number(2, &builder)])
            let left = builder.node("Slice", [first, zero, half, axis]), right = builder.node("Slice", [first, half, end, axis])
            let inner = builder.node("Conv", [right, builder.store("inner.w", [4, channels / 2, 1, 1])], name: "inner")
            builder.node("Conv", [inner, builder.store("side.w", [2, 4, 1, 1])], ["side"], name: "side")
            builder.output("side")
            return builder.node("Concat", [right, left], nil, ["axis": .integer(1)])
        }
        let result = try prune(model, "first", keep: 3)
        // The arithmetic is gone: what it would give is known.
        #expect(result.model.graph?.nodes.contains { $0.operation == "Div" || $0.operation == "Shape" } == false)
    }

    @Test("Axes merged by a product of extents, beside a batch that is known only while the network runs")
    func products() throws {
        let model = between { builder, first in
            let batch = extent(0, of: first, &builder)
            let rows = builder.node("Mul", [extent(1, of: first, &builder), extent(2, of: first, &builder)])
            let target = builder.node("Concat", [batch, rows, extent(3, of: first, &builder)], nil, ["axis": .integer(0)])
            head(&builder, builder.node("Flatten", [builder.node("Reshape", [first, target], name: "merge")]), width: 128)
            return "y"
        }
        let result = try prune(model, "first", keep: 3)
        #expect(result.model.layers.last?.shape == [3, 48])
        // The product follows by itself.
        #expect(result.model.graph?.nodes.contains { $0.operation == "Mul" } == true)
    }

    @Test("Channels merged with the batch keep their proportion, however many are written into the product")
    func batches() throws {
        let model = between { builder, first in
            let batch = extent(0, of: first, &builder)
            let rows = builder.node("Mul", [batch, number(8, &builder)])
            let target = builder.node("Concat", [rows, number(16, &builder)], nil, ["axis": .integer(0)])
            let merged = builder.node("Relu", [builder.node("Reshape", [first, target], name: "merge")])
            let back = builder.node("Concat", [batch, number(8, &builder), number(4, &builder), number(4, &builder)], nil, ["axis": .integer(0)])
            head(&builder, builder.node("Flatten", [builder.node("Reshape", [merged, back], name: "part")]), width: 128)
            return "y"
        }
        let result = try prune(model, "first", keep: 3)
        #expect(result.model.layers.last?.shape == [3, 48])
    }

    @Test("The target of an Expand in which −1 is replaced, as PyTorch's older exporter writes it, beside an open batch")
    func expansion() throws {
        let model = between { builder, first in
            let pooled = builder.node("GlobalAveragePool", [first])
            let extents = builder.node(
                "Concat", [extent(0, of: first, &builder), extent(1, of: first, &builder), number(4, &builder), number(4, &builder)], nil,
                ["axis": .integer(0)])
            let target = builder.node("Reshape", [extents, number(-1, &builder)])
            let one = Tensor(shape: [1], elementType: .int64, storage: .owned([1, 0, 0, 0, 0, 0, 0, 0]))
            builder.tensors.append(StoredTensor(name: "", tensor: one, isLiteral: true))
            let value = Attribute.tensor(builder.tensors.count - 1)
            let ones = builder.node("ConstantOfShape", [builder.node("Shape", [target])], nil, ["value": value])
            let isOpen = builder.node("Equal", [target, builder.node("Mul", [ones, number(-1, &builder)])])
            let spread = builder.node("Expand", [pooled, builder.node("Where", [isOpen, ones, target])], name: "spread")
            builder.node("Conv", [builder.node("Add", [spread, first]), builder.store("last.w", [2, 8, 1, 1])], ["y"], name: "last")
            builder.output("y")
            return "y"
        }
        try prune(model, "first", keep: 3)
    }

    @Test("What is no extent of channels stays what it is, or binds them where it cannot")
    func others() throws {
        // Half the number of channels as a bound along another axis.
        let bound = between(after: 8) { builder, first in
            let half = builder.node("Div", [extent(1, of: first, &builder), number(4, &builder)])
            return builder.node("Slice", [first, number(0, &builder), half, number(2, &builder)], name: "crop")
        }
        try prune(bound, "first", keep: 3)
        // The same beside the batch: what it is to be is seen only while the network runs.
        let sum = between { builder, first in
            let rows = builder.node("Add", [extent(0, of: first, &builder), extent(1, of: first, &builder)])
            let target = builder.node("Concat", [rows, number(4, &builder)], nil, ["axis": .integer(0)])
            let ones = builder.node("Expand", [builder.store("one", [1, 1]), target], name: "ones")
            builder.node("ReduceSum", [ones], ["total"])
            builder.output("total")
            return "total"
        }
        #expect(ChannelAnalysis(sum).obstacle(ofLayer: 0) == "its number of channels is reckoned with at Expand ones")
    }

    @Test("A number of channels that scales values, or counts something else, stays what it was")
    func pinned() throws {
        // Divided by the root of the number of channels, as attention does with that of a head.
        try prune(
            between(after: 8) { builder, first in
                let count = builder.node("Cast", [extent(1, of: first, &builder)], nil, ["to": .integer(1)])
                let root = builder.node("Sqrt", [builder.node("Mul", [count, builder.store("half", Tensor([0.5], shape: []))])])
                return builder.node("Div", [first, root], name: "scaled")
            }, "first", keep: 3)
        // A quarter of it as the length of a ramp.
        try prune(
            between(after: 8) { builder, first in
                let scalar = builder.node("Squeeze", [builder.node("Div", [extent(1, of: first, &builder), number(2, &builder)])])
                let numbers = [0, 1].map { builder.store("bound\($0)", integers: [$0], isScalar: true) }
                let ramp = builder.node("Range", [numbers[0], scalar, numbers[1]])
                return builder.node("Mul", [first, builder.node("Cast", [ramp], nil, ["to": .integer(1)])])
            }, "first", keep: 3)
        // Speeds of turning that are made of the size of a head, as rows that others are multiplied by, through a function or not.
        for function in ["Exp", "Neg"] {
            try prune(
                between(after: 8) { builder, first in
                    let count = builder.node("Squeeze", [extent(1, of: first, &builder)])
                    let numbers = [0, 2].map { builder.store("bound\($0)", integers: [$0], isScalar: true) }
                    let ramp = builder.node("Cast", [builder.node("Range", [numbers[0], count, numbers[1]])], nil, ["to": .integer(1)])
                    let part = builder.node("Div", [ramp, builder.node("Cast", [count], nil, ["to": .integer(1)])])
                    let row = builder.node("Unsqueeze", [builder.node(function, [part]), number(0, &builder)])
                    let angles = builder.node("Mul", [builder.store("places", [4, 1]), row], name: "angles")
                    return builder.node("Mul", [first, builder.node("Cos", [angles])])
                }, "first", keep: 3)
        }
        // With the height in it, what it was is seen only while the network runs.
        let open = between { builder, first in
            builder.input("z", [.symbol("M"), .fixed(1)])
            let count = builder.node("Add", [extent(1, of: first, &builder), extent(0, of: "z", &builder)])
            return builder.node("Mul", [builder.node("GlobalAveragePool", [first]), builder.node("Cast", [count], nil, ["to": .integer(1)])], name: "open")
        }
        #expect(ChannelAnalysis(open).obstacle(ofLayer: 0) == "its number of channels is reckoned with at Mul open")
    }

    @Test("Products of axes by letters")
    func einsum() throws {
        try prune(
            between { builder, first in
                let second = builder.node("Conv", ["x", builder.store("second.w", [8, 3, 1, 1])], name: "second")
                let scores = builder.node("Einsum", [first, second], nil, ["equation": .text("nchw,ncij->nhwij")])
                builder.node("Einsum", [scores, second], ["y"], ["equation": .text("nhwij, ncij -> nhw")])
                builder.output("y")
                return "y"
            }, "second", keep: 3, isExact: false)
    }
}
