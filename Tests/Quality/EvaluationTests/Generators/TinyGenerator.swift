import Basics
import Compression
import NeuralNetwork
import TensorCore

@testable import Evaluation

/// A dense generator of grey images of 12 × 12 from eight numbers, and a classifier of such images.
enum Tiny {
    static let side = 12

    static func generator(operation: String = "Tanh", latent: [Dimension] = [.symbol("N"), .fixed(8)]) -> Model {
        var tensors: [StoredTensor] = []
        let graph = Graph.tiny(
            "generator", input: ValueInfo(name: "z", elementType: .float32, dimensions: latent),
            output: ValueInfo(name: "image", elementType: .float32, dimensions: [.symbol("N"), .fixed(1), .fixed(side), .fixed(side)]),
            nodes: [
                Node(name: "flat", operation: "Flatten", inputs: ["z"], outputs: ["f"]),
                Node(name: "draw", operation: "Gemm", inputs: ["f", "w"], outputs: ["d"]),
                Node(name: "shape", operation: "Reshape", inputs: ["d", "s"], outputs: ["r"]),
                Node(name: "end", operation: operation, inputs: ["r"], outputs: ["image"]),
            ],
            weights: ["w": [8, side * side]], shape: [-1, 1, Int64(side), Int64(side)], &tensors)
        return model("generator.onnx", graph, tensors)
    }

    static func classifier(channels: Int = 1) -> Model {
        var tensors: [StoredTensor] = []
        let count = channels * 14 * 14
        let graph = Graph.tiny(
            "classifier",
            input: ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(channels), .fixed(14), .fixed(14)]),
            output: ValueInfo(name: "y", elementType: .float32, dimensions: [.symbol("N"), .fixed(4)]),
            nodes: [
                Node(name: "flat", operation: "Flatten", inputs: ["x"], outputs: ["f"]),
                Node(name: "hidden", operation: "Gemm", inputs: ["f", "w1"], outputs: ["h"]),
                Node(name: "relu", operation: "Relu", inputs: ["h"], outputs: ["features"]),
                Node(name: "scores", operation: "Gemm", inputs: ["features", "w2"], outputs: ["y"]),
            ],
            weights: ["w1": [count, 6], "w2": [6, 4]], shape: nil, &tensors)
        return model("classifier.onnx", graph, tensors)
    }

    private static func model(_ name: String, _ graph: Graph, _ tensors: [StoredTensor]) -> Model {
        var tensors = tensors
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        return Model(
            name: name, format: "ONNX, opset 13", fileByteCount: 10_000, structureByteCount: 500, tensors: tensors, graph: graph,
            layers: layers, macs: analysis.macs)
    }
}

extension Graph {
    /// A graph with seeded random weights, and a shape that a Reshape reads.
    fileprivate static func tiny(
        _ name: String, input: ValueInfo, output: ValueInfo, nodes: [Node], weights: KeyValuePairs<String, [Int]>, shape: [Int64]?,
        _ tensors: inout [StoredTensor]
    ) -> Graph {
        var graph = Graph(name: name)
        graph.operatorSets = ["": 13]
        graph.nodes = nodes
        graph.inputs = [input]
        graph.outputs = [output]
        graph.valueInfos = [input.name: input, output.name: output]
        var random = SeededRandom(seed: 11)
        for (name, extents) in weights {
            let count = extents.reduce(1, *)
            let scale = 1 / Double(extents[0]).squareRoot()
            graph.initializers[name] = tensors.count
            let values = (0..<count).map { _ in Float(random.normal() * scale) }
            tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: Shape(extents))))
        }
        if let shape {
            graph.initializers["s"] = tensors.count
            let bytes = shape.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
            tensors.append(
                StoredTensor(name: "s", tensor: Tensor(shape: [shape.count], elementType: .int64, storage: .owned(bytes))))
        }
        return graph
    }
}
