import NeuralNetwork
import TestNetworks

/// conv1 (3 → 8) → relu → conv2 (8 → 12, 3 × 3) → relu → flatten → fc (12 · 16 → 10), on 3 × 4 × 4 inputs.
func smallNetwork(seed: UInt64 = 1) -> Model {
    var builder = GraphBuilder(seed: seed)
    for (name, shape) in [
        ("w1", [8, 3, 3, 3]), ("b1", [8]), ("w2", [12, 8, 3, 3]), ("b2", [12]), ("w3", [10, 192]), ("b3", [10]),
    ] { builder.store(name, shape, scale: 0.2) }
    let pads: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
    builder.input("x", [.symbol("N"), .fixed(3), .fixed(4), .fixed(4)])
    builder.node("Conv", ["x", "w1", "b1"], ["c1"], name: "conv1", pads)
    builder.node("Relu", ["c1"], ["r1"], name: "relu1")
    builder.node("Conv", ["r1", "w2", "b2"], ["c2"], name: "conv2", pads)
    builder.node("Relu", ["c2"], ["r2"], name: "relu2")
    builder.node("Flatten", ["r2"], ["f"], name: "flat")
    builder.node("Gemm", ["f", "w3", "b3"], ["y"], name: "fc", ["transB": .integer(1)])
    builder.output("y", [.symbol("N"), .fixed(10)])
    return builder.model(named: "small.onnx")
}
