import Basics
import Execution
import NeuralNetwork
import TensorCore
import TestNetworks

@testable import Importance
@testable import Reconstruction

/// conv1 (3 → 8) → norm → relu → [depthwise conv2 → conv3 (1 × 1) + skip] → relu → grouped conv4 → pool → fc, on 3 × 8 × 8.
func residualNetwork(seed: UInt64 = 1) -> Model {
    var builder = GraphBuilder(seed: seed)
    func store(_ name: String, _ shape: [Int], scale: Float = 0.3, offset: Float = 0) {
        builder.store(name, shape, scale: scale, offset: offset)
    }
    store("w1", [8, 3, 3, 3])
    for name in ["scale", "shift", "mean"] { store(name, [8], scale: 0.1, offset: name == "scale" ? 1 : 0) }
    store("variance", [8], scale: 0.05, offset: 1)
    for (name, shape) in [
        ("w2", [12, 8, 3, 3]), ("b2", [12]), ("w3", [8, 12, 1, 1]), ("b3", [8]), ("w4", [8, 4, 3, 3]), ("b4", [8]),
        ("w5", [10, 128]), ("b5", [10]),
    ] { store(name, shape) }
    let pads: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
    let grouped = pads.merging(["group": .integer(2), "strides": .integers([2, 2])]) { $1 }
    builder.input("x", [.symbol("N"), .fixed(3), .fixed(8), .fixed(8)])
    builder.node("Conv", ["x", "w1"], ["c1"], name: "conv1", pads)
    builder.node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], ["n1"], name: "norm")
    builder.node("Relu", ["n1"], ["r1"], name: "relu1")
    builder.node("Conv", ["r1", "w2", "b2"], ["c2"], name: "conv2", pads)
    builder.node("Relu", ["c2"], ["r2"], name: "relu2")
    builder.node("Conv", ["r2", "w3", "b3"], ["c3"], name: "conv3")
    builder.node("Add", ["c3", "r1"], ["a"], name: "add")
    builder.node("Relu", ["a"], ["r3"], name: "relu3")
    builder.node("Conv", ["r3", "w4", "b4"], ["c4"], name: "conv4", grouped)
    builder.node("Relu", ["c4"], ["r4"], name: "relu4")
    builder.node("Flatten", ["r4"], ["f"], name: "flat")
    builder.node("Gemm", ["f", "w5", "b5"], ["y"], name: "fc", ["transB": .integer(1)])
    builder.output("y", [.symbol("N"), .fixed(10)])
    return builder.model(named: "residual.onnx")
}

/// lstm (5 → 16) → gru (16 → 12, from the last step to the first) → fc (12 → 4), on sequences of 9 steps; the LSTM starts from a state
/// that is given.
func recurrentNetwork(resetsFirst: Bool = false) -> Model {
    var builder = GraphBuilder()
    for (name, shape) in [
        ("w1", [1, 64, 5]), ("r1", [1, 64, 16]), ("b1", [1, 128]), ("w2", [1, 36, 16]), ("r2", [1, 36, 12]), ("b2", [1, 72]),
        ("w3", [12, 4]),
    ] { builder.store(name, shape, scale: 0.35) }
    builder.input("x", [9, 40, 5])
    builder.input("h", [1, 40, 16])
    builder.node("LSTM", ["x", "w1", "r1", "b1", "", "h"], ["s1", "h1"], name: "lstm", ["hidden_size": .integer(16)])
    builder.store("axis", integers: [1])
    builder.node("Squeeze", ["s1", "axis"], ["q1"], name: "squeeze1")
    builder.node(
        "GRU", ["q1", "w2", "r2", "b2"], ["s2"], name: "gru",
        ["hidden_size": .integer(12), "direction": .text("reverse"), "linear_before_reset": .integer(resetsFirst ? 0 : 1)])
    builder.node("Squeeze", ["s2", "axis"], ["q2"], name: "squeeze2")
    builder.node("MatMul", ["q2", "w3"], ["y"], name: "fc")
    builder.output("y", [.fixed(9), .fixed(40), .fixed(4)])
    builder.output("h1", [.fixed(1), .fixed(40), .fixed(16)])
    return builder.model(named: "recurrent.onnx")
}

/// The mean squared error of a convolution's outputs against those that its gathered windows and weights give.
func convolutionError(
    x: [Float], _ xShape: Shape, y: [Float], _ yShape: Shape, w: [Float], _ wShape: Shape, attributes: [String: Attribute]
) throws -> Double {
    let node = Node(name: "conv", operation: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes: attributes)
    let operation = try LinearOperator(node, index: 0, weights: wShape)
    let reader = try WindowReader(operation, node, input: xShape, output: yShape)
    let rows = RowStore(count: xShape[0] * reader.places, inputWidth: reader.width, outputWidth: yShape[1])
    x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        for sample in 0..<xShape[0] {
            for place in 0..<reader.places {
                let row = sample * reader.places + place
                reader.read(sample: sample, place: place, base, to: rows.input(row))
                for channel in 0..<yShape[1] { rows.output(row)[channel] = y[(sample * yShape[1] + channel) * reader.places + place] }
            }
        }
    }
    let moments = try Moments(rows, groups: operation.groups, cancellation: nil)
    let matrices = operation.matrices(w)
    return moments.groups.indices.reduce(0) { $0 + moments.groups[$1].errors(matrices[$1]).reduce(0, +) }
}

/// What a recurrent network gives for noise.
func outputs(of model: Model) throws -> [Float] {
    let program = try Program(model, shapes: ["x": [9, 40, 5], "h": [1, 40, 16]])
    let weights = try Weights(of: program)
    let instance = try Instance(program, weights: weights)
    var random = SeededRandom(seed: 9)
    for (index, port) in program.inputs.enumerated() {
        let values = instance.input(index).assumingMemoryBound(to: Float.self)
        for place in 0..<port.shape.count { values[place] = port.name == "x" ? Float(random.normal()) : 0 }
    }
    try instance.run(weights)
    return Array(instance.output(0).assumingMemoryBound(to: Float.self).prefix(program.outputs[0].shape.count))
}
