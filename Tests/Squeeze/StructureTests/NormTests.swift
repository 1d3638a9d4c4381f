import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

@Suite("Norms as exporters write them out")
struct NormTests {
    @Test("Groups normalized as if each were a channel: index i of each group goes with the others'", arguments: [1, 2])
    func groups(_ count: Int) throws {
        let model = between(after: 8) { builder, first in
            let parted = builder.node("Reshape", [first, builder.store("groups", integers: [0, count, -1])])
            let (scale, shift) = (builder.store("scale", [count]), builder.store("shift", [count]))
            let normal = builder.node("InstanceNormalization", [parted, scale, shift])
            let merged = builder.node("Reshape", [normal, builder.node("Shape", [first])])
            let gained = builder.node("Mul", [merged, builder.store("gain", [8, 1, 1])])
            return builder.node("Add", [gained, builder.store("offset", [8, 1, 1])])
        }
        #expect(ChannelAnalysis(model).group(ofLayer: 0)?.channelCount == 8 / count)
        let result = try prune(model, "first", keep: 4, isExact: false)
        _ = try outputs(of: result.model)
        #expect(result.model.tensors.first { $0.name == "scale" }?.tensor.shape == [count])
        #expect(result.model.tensors.first { $0.name == "gain" }?.tensor.shape == [4, 1, 1])
    }

    /// x − mean, divided by the root of the mean of squares, over the last axis.
    private func norm(_ value: String, subtracting: Bool, _ builder: inout GraphBuilder) -> String {
        let axes: [String: Attribute] = ["axes": .integers([-1])]
        let centred = subtracting ? builder.node("Sub", [value, builder.node("ReduceMean", [value], nil, axes)]) : value
        let squares = builder.node("Pow", [centred, builder.store("two", Tensor([2], shape: []))])
        let sum = builder.node("Add", [builder.node("ReduceMean", [squares], nil, axes), builder.store("epsilon", Tensor([1e-5], shape: []))])
        let scaled = builder.node("Div", [centred, builder.node("Sqrt", [sum])])
        return builder.node("Mul", [scaled, builder.store("gain", [8])])
    }

    @Test("Layer and root-mean-square norms in simple operators go over the channels that stay", arguments: [true, false])
    func layers(_ isLayerNorm: Bool) throws {
        let model = between(after: 8) { builder, first in
            let last = builder.node("Transpose", [first], nil, ["perm": .integers([0, 2, 3, 1])])
            let normal = norm(last, subtracting: isLayerNorm, &builder)
            return builder.node("Transpose", [normal], nil, ["perm": .integers([0, 3, 1, 2])])
        }
        let result = try prune(model, "first", keep: 3, isExact: false)
        _ = try outputs(of: result.model)
        #expect(result.model.tensors.first { $0.name == "gain" }?.tensor.shape == [3])
        // A mean that is used otherwise, too, is no norm.
        let used = between(after: 8) { builder, first in
            let last = builder.node("Transpose", [first], nil, ["perm": .integers([0, 2, 3, 1])])
            let mean = builder.node("ReduceMean", [last], name: "mean", ["axes": .integers([-1])])
            builder.output(mean)
            let centred = builder.node("Sub", [last, mean])
            return builder.node("Transpose", [centred], nil, ["perm": .integers([0, 3, 1, 2])])
        }
        #expect(ChannelAnalysis(used).obstacle(ofLayer: 0) == "ReduceMean mean mixes the channels")
    }
}
