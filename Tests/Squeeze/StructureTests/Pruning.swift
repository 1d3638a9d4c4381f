import Compression
import NeuralNetwork
import TestNetworks
import Testing

@testable import Structure

/// A model with one convolution in front and one behind, and something in between.
func between(
    operatorSet: Int = 13, channels: Int = 8, after: Int? = nil, size: Int = 4, _ body: (inout GraphBuilder, String) -> String
) -> Model {
    var builder = GraphBuilder(operatorSet: operatorSet)
    builder.input("x", [.symbol("N"), .fixed(3), .fixed(size), .fixed(size)])
    let first = builder.node("Conv", ["x", builder.store("first.w", [channels, 3, 1, 1])], ["first.y"], name: "first")
    let value = body(&builder, first)
    if let after {
        builder.node("Conv", [value, builder.store("last.w", [2, after, 1, 1])], ["y"], name: "last")
        builder.output("y")
    }
    return builder.model
}

func layer(_ name: String, _ model: Model) -> Int { model.layers.firstIndex { $0.name == name } ?? -1 }

/// Drops the first channels of a layer's group, and expects the result to be as with zeros.
@discardableResult
func prune(_ model: Model, _ name: String, keep: Int, isExact: Bool = true) throws -> Restructured {
    let channels = ChannelAnalysis(model)
    let index = layer(name, model)
    let kept = channels.kept(for: [index: FilterRule(.keep(keep))]) { group, _ in group.channels.indices.map(Double.init) }
    #expect(kept.count(ofLayer: index) == keep)
    let result = Restructuring(model, channels).apply(kept: kept, factors: [:], source: randomFactors)
    try expectConsistent(result, of: model, channels, kept)
    if isExact {
        try expectSame(
            zeroing(model, channels, kept), result.model, channels, kept, states: Set(channels.groups.flatMap(\.states)))
    }
    return result
}
