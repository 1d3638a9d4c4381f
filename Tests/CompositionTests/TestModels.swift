import Compression
import NeuralNetwork
import TensorCore

/// conv1 (3 → 8) → relu → conv2 (8 → 12, 3 × 3) → relu → flatten → fc (12 · 16 → 10), on 3 × 4 × 4 inputs.
func smallNetwork(seed: UInt64 = 1) -> Model {
    var random = SeededRandom(seed: seed)
    var graph = Graph(operatorSets: ["": 13])
    var tensors: [StoredTensor] = []
    func store(_ name: String, _ shape: Shape) {
        let values = (0..<shape.count).map { _ in Float(random.normal()) * 0.2 }
        graph.initializers[name] = tensors.count
        tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
    }
    store("w1", [8, 3, 3, 3])
    store("b1", [8])
    store("w2", [12, 8, 3, 3])
    store("b2", [12])
    store("w3", [10, 192])
    store("b3", [10])
    let pads: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
    graph.nodes = [
        Node(name: "conv1", operation: "Conv", inputs: ["x", "w1", "b1"], outputs: ["c1"], attributes: pads),
        Node(name: "relu1", operation: "Relu", inputs: ["c1"], outputs: ["r1"]),
        Node(name: "conv2", operation: "Conv", inputs: ["r1", "w2", "b2"], outputs: ["c2"], attributes: pads),
        Node(name: "relu2", operation: "Relu", inputs: ["c2"], outputs: ["r2"]),
        Node(name: "flat", operation: "Flatten", inputs: ["r2"], outputs: ["f"]),
        Node(name: "fc", operation: "Gemm", inputs: ["f", "w3", "b3"], outputs: ["y"], attributes: ["transB": .integer(1)]),
    ]
    let input = ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(3), .fixed(4), .fixed(4)])
    let output = ValueInfo(name: "y", elementType: .float32, dimensions: [.symbol("N"), .fixed(10)])
    graph.inputs = [input]
    graph.outputs = [output]
    graph.valueInfos = ["x": input, "y": output]
    let analysis = GraphAnalysis(graph, tensors: tensors)
    let layers = graph.layers(tensors: &tensors, analysis: analysis)
    return Model(
        name: "small.onnx", format: "ONNX, opset 13", fileByteCount: tensors.reduce(500) { $0 + $1.tensor.byteCount },
        structureByteCount: 500, tensors: tensors, graph: graph, layers: layers, macs: analysis.macs)
}
