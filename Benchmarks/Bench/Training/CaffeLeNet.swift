import Basics
import NeuralNetwork
import TensorCore

/// Caffe's LeNet-5 for images of 28 × 28: convolutions of 20 and 50 channels, layers of 500 and 10, with random weights.
enum CaffeLeNet {
    static func model() -> Model {
        var tensors: [StoredTensor] = []
        var initializers: [String: Int] = [:]
        var random = SeededRandom(seed: 1)
        /// Uniform by Glorot and Bengio's bound for `inputs`; zeros where there are none.
        func store(_ name: String, _ shape: Shape, inputs: Int = 0) {
            let bound = inputs > 0 ? (3 / Double(inputs)).squareRoot() : 0
            let values = (0..<shape.count).map { _ in Float((random.uniform() * 2 - 1) * bound) }
            initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
        }
        store("conv1", [20, 1, 5, 5], inputs: 25)
        store("bias1", [20])
        store("conv2", [50, 20, 5, 5], inputs: 500)
        store("bias2", [50])
        store("ip1", [500, 800], inputs: 800)
        store("bias3", [500])
        store("ip2", [10, 500], inputs: 500)
        store("bias4", [10])
        let pool: [String: Attribute] = ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]
        let nodes = [
            Node(operation: "Conv", inputs: ["input", "conv1", "bias1"], outputs: ["a"]),
            Node(operation: "MaxPool", inputs: ["a"], outputs: ["b"], attributes: pool),
            Node(operation: "Conv", inputs: ["b", "conv2", "bias2"], outputs: ["c"]),
            Node(operation: "MaxPool", inputs: ["c"], outputs: ["d"], attributes: pool),
            Node(operation: "Flatten", inputs: ["d"], outputs: ["e"]),
            Node(operation: "Gemm", inputs: ["e", "ip1", "bias3"], outputs: ["f"], attributes: ["transB": .integer(1)]),
            Node(operation: "Relu", inputs: ["f"], outputs: ["g"]),
            Node(operation: "Gemm", inputs: ["g", "ip2", "bias4"], outputs: ["output"], attributes: ["transB": .integer(1)]),
        ]
        let input = ValueInfo(
            name: "input", elementType: .float32, dimensions: [.symbol("N"), .fixed(1), .fixed(28), .fixed(28)])
        let graph = Graph(
            nodes: nodes, inputs: [input], outputs: [ValueInfo(name: "output", elementType: .float32, dimensions: nil)],
            initializers: initializers, operatorSets: ["": 13])
        return Model(
            name: "lenet5", format: "benchmark", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: graph,
            layers: [], macs: .unknown(reason: "not counted"))
    }
}
