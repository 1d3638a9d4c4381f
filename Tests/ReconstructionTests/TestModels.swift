import NeuralNetwork
import TensorCore

@testable import Reconstruction

/// conv1 (3 → 8) → norm → relu → [depthwise conv2 → conv3 (1 × 1) + skip] → relu → grouped conv4 → pool → fc, on 3 × 8 × 8.
func residualNetwork(seed: UInt64 = 1) -> Model {
    var random = SeededRandom(seed: seed)
    var graph = Graph(operatorSets: ["": 13])
    var tensors: [StoredTensor] = []
    func store(_ name: String, _ shape: Shape, _ scale: Float = 0.3, _ offset: Float = 0) {
        let values = (0..<shape.count).map { _ in offset + scale * Float(random.normal()) }
        graph.initializers[name] = tensors.count
        tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
    }
    store("w1", [8, 3, 3, 3])
    for name in ["scale", "shift", "mean"] { store(name, [8], 0.1, name == "scale" ? 1 : 0) }
    store("variance", [8], 0.05, 1)
    store("w2", [12, 8, 3, 3])
    store("b2", [12])
    store("w3", [8, 12, 1, 1])
    store("b3", [8])
    store("w4", [8, 4, 3, 3])
    store("b4", [8])
    store("w5", [10, 128])
    store("b5", [10])
    let pads: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
    let grouped = pads.merging(["group": .integer(2), "strides": .integers([2, 2])]) { $1 }
    graph.nodes = [
        Node(name: "conv1", operation: "Conv", inputs: ["x", "w1"], outputs: ["c1"], attributes: pads),
        Node(name: "norm", operation: "BatchNormalization", inputs: ["c1", "scale", "shift", "mean", "variance"], outputs: ["n1"]),
        Node(name: "relu1", operation: "Relu", inputs: ["n1"], outputs: ["r1"]),
        Node(name: "conv2", operation: "Conv", inputs: ["r1", "w2", "b2"], outputs: ["c2"], attributes: pads),
        Node(name: "relu2", operation: "Relu", inputs: ["c2"], outputs: ["r2"]),
        Node(name: "conv3", operation: "Conv", inputs: ["r2", "w3", "b3"], outputs: ["c3"]),
        Node(name: "add", operation: "Add", inputs: ["c3", "r1"], outputs: ["a"]),
        Node(name: "relu3", operation: "Relu", inputs: ["a"], outputs: ["r3"]),
        Node(name: "conv4", operation: "Conv", inputs: ["r3", "w4", "b4"], outputs: ["c4"], attributes: grouped),
        Node(name: "relu4", operation: "Relu", inputs: ["c4"], outputs: ["r4"]),
        Node(name: "flat", operation: "Flatten", inputs: ["r4"], outputs: ["f"]),
        Node(name: "fc", operation: "Gemm", inputs: ["f", "w5", "b5"], outputs: ["y"], attributes: ["transB": .integer(1)]),
    ]
    let input = ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(3), .fixed(8), .fixed(8)])
    let output = ValueInfo(name: "y", elementType: .float32, dimensions: [.symbol("N"), .fixed(10)])
    graph.inputs = [input]
    graph.outputs = [output]
    graph.valueInfos = ["x": input, "y": output]
    let analysis = GraphAnalysis(graph, tensors: tensors)
    let layers = graph.layers(tensors: &tensors, analysis: analysis)
    return Model(
        name: "residual.onnx", format: "ONNX, opset 13", fileByteCount: 10_000, structureByteCount: 500, tensors: tensors,
        graph: graph, layers: layers, macs: analysis.macs)
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
