import NeuralNetwork
import TestNetworks
import Testing

@testable import Structure

@Suite("Channels in another order")
struct PickingTests {
    @Test("A shuffle binds no channel to another: of those that stay one Gather makes the new order")
    func shuffle() throws {
        let model = between(channels: 12, after: 12) { builder, first in
            let parted = builder.node("Reshape", [first, builder.store("s1", integers: [-1, 3, 4, 4, 4])])
            let turned = builder.node("Transpose", [parted], nil, ["perm": .integers([0, 2, 1, 3, 4])])
            return builder.node("Reshape", [turned, builder.store("s2", integers: [-1, 12, 4, 4])], name: "join")
        }
        for keep in [1, 5, 6] {
            let result = try prune(model, "first", keep: keep)
            #expect(result.model.graph?.nodes.map(\.operation) == ["Conv", "Gather", "Conv"])
        }
    }

    @Test("A shuffle of a file that fixes its batch is found, whatever it declares of the values in between")
    func declaredShuffle() throws {
        var model = between(channels: 12, after: 12) { builder, first in
            let parted = builder.node("Reshape", [first, builder.store("s1", integers: [1, 3, 4, 4, 4])], ["parted"])
            let turned = builder.node("Transpose", [parted], ["turned"], ["perm": .integers([0, 2, 1, 3, 4])])
            return builder.node("Reshape", [turned, builder.store("s2", integers: [1, 12, 4, 4])], ["joined"], name: "join")
        }
        model.graph?.inputs[0].dimensions?[0] = .fixed(1)
        for (name, shape) in [("x", [1, 3, 4, 4]), ("parted", [1, 3, 4, 4, 4]), ("turned", [1, 4, 3, 4, 4]), ("joined", [1, 12, 4, 4])] {
            model.graph?.valueInfos[name] = ValueInfo(name: name, elementType: .float32, dimensions: shape.map { .fixed($0) })
        }
        let result = try prune(model, "first", keep: 5)
        #expect(result.model.graph?.nodes.map(\.operation) == ["Conv", "Gather", "Conv"])
    }

    @Test("A shuffle into which somebody looks goes group by group")
    func openShuffle() throws {
        let model = between(channels: 12, after: 12) { builder, first in
            let parted = builder.node("Reshape", [first, builder.store("s1", integers: [-1, 3, 4, 4, 4])])
            let turned = builder.node("Transpose", [parted], nil, ["perm": .integers([0, 2, 1, 3, 4])])
            builder.node("ReduceSum", [turned, builder.store("axes", integers: [1, 2, 3, 4])], ["sum"])
            builder.output("sum")
            return builder.node("Reshape", [turned, builder.store("s2", integers: [-1, 12, 4, 4])], name: "join")
        }
        #expect(ChannelAnalysis(model).obstacle(ofLayer: 0) != nil)
    }

    @Test("Channels picked by number, by steps and backwards")
    func picks() throws {
        let gathered = between(after: 5) { builder, first in
            builder.node("Gather", [first, builder.store("order", integers: [7, 0, 2, -1, 3])], nil, ["axis": .integer(1)])
        }
        try prune(gathered, "first", keep: 4)
        for (start, end, step, count) in [(0, 8, 2, 4), (1, 99, 3, 3), (-1, -99, -1, 8), (6, 0, -2, 3)] {
            let stepped = between(after: count) { builder, first in
                builder.node(
                    "Slice",
                    [first] + [start, end, 1, step].enumerated().map { builder.store("s\($0)", integers: [$1]) })
            }
            try prune(stepped, "first", keep: 3)
        }
        let single = between { builder, first in
            builder.node("Gather", [first, builder.store("third", integers: [2], isScalar: true)], ["map"], ["axis": .integer(1)])
            builder.node("Flatten", ["map"], ["y"])
            builder.output("y")
            return "y"
        }
        let channels = ChannelAnalysis(single)
        #expect(channels.group(ofLayer: 0)?.fixed == [2])
        try prune(single, "first", keep: 3)
    }
}
