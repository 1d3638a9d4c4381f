import Basics
import Compression
import Explorer
import ModelFormats
import NeuralNetwork
import TensorCore

/// Networks of a few hundred weights that make what the Samples screen shows.
enum TinyNetworks {
    /// Grey images of 12 × 12 from eight numbers.
    static func generator() -> Model {
        var builder = Builder()
        let side = 12
        builder.weight("w", [8, side * side], scale: 1.2)
        builder.shape("s", [-1, 1, Int64(side), Int64(side)])
        return builder.model(
            "generator.onnx", inputs: [value("z", .float32, [.symbol("N"), .fixed(8)])],
            outputs: [value("image", .float32, [.symbol("N"), .fixed(1), .fixed(side), .fixed(side)])],
            nodes: [
                Node(name: "draw", operation: "Gemm", inputs: ["z", "w"], outputs: ["d"]),
                Node(name: "shape", operation: "Reshape", inputs: ["d", "s"], outputs: ["r"]),
                Node(name: "end", operation: "Tanh", inputs: ["r"], outputs: ["image"]),
            ])
    }

    /// Runs, and holds nothing that could be compressed: it adds a stored vector.
    static func withoutLayers() -> Model {
        var builder = Builder()
        builder.weight("bias", [4], scale: 1)
        return builder.model(
            "adder.onnx", inputs: [value("x", .float32, [.symbol("N"), .fixed(4)])],
            outputs: [value("y", .float32, [.symbol("N"), .fixed(4)])],
            nodes: [
                Node(name: "add", operation: "Add", inputs: ["x", "bias"], outputs: ["s"]),
                Node(name: "relu", operation: "Relu", inputs: ["s"], outputs: ["y"]),
            ])
    }

    /// One layer of twelve weights.
    static func withOneLayer() -> Model {
        var builder = Builder()
        builder.weight("w", [4, 3], scale: 1)
        return builder.model(
            "one.onnx", inputs: [value("x", .float32, [.symbol("N"), .fixed(4)])],
            outputs: [value("y", .float32, [.symbol("N"), .fixed(3)])],
            nodes: [Node(name: "scores", operation: "MatMul", inputs: ["x", "w"], outputs: ["y"])])
    }

    /// Tells four classes of such images by six features.
    static func classifier() -> Model {
        var builder = Builder()
        builder.weight("w1", [144, 6], scale: 1)
        builder.weight("w2", [6, 4], scale: 1)
        return builder.model(
            "classifier.onnx", inputs: [value("x", .float32, [.symbol("N"), .fixed(1), .fixed(12), .fixed(12)])],
            outputs: [value("y", .float32, [.symbol("N"), .fixed(4)])],
            nodes: [
                Node(name: "flat", operation: "Flatten", inputs: ["x"], outputs: ["f"]),
                Node(name: "hidden", operation: "Gemm", inputs: ["f", "w1"], outputs: ["h"]),
                Node(name: "relu", operation: "Relu", inputs: ["h"], outputs: ["features"]),
                Node(name: "scores", operation: "Gemm", inputs: ["features", "w2"], outputs: ["y"]),
            ])
    }

    /// Writes one of four symbols after another, by an LSTM of six units.
    static func writer() -> Model {
        var builder = Builder()
        let (symbols, units) = (4, 6)
        builder.weight("table", [symbols, units], scale: 2)
        builder.weight("W", [1, 4 * units, units], scale: 2)
        builder.weight("R", [1, 4 * units, units], scale: 2)
        builder.weight("out", [units, symbols], scale: 4)
        builder.shape("axis", [1])
        let state: [Dimension] = [.fixed(1), .symbol("B"), .fixed(units)]
        return builder.model(
            "writer.onnx",
            inputs: [
                value("tokens", .int64, [.symbol("T"), .symbol("B")]), value("h", .float32, state), value("c", .float32, state),
            ],
            outputs: [
                value("logits", .float32, [.symbol("T"), .symbol("B"), .fixed(symbols)]), value("hn", .float32, state),
                value("cn", .float32, state),
            ],
            nodes: [
                Node(name: "embed", operation: "Gather", inputs: ["table", "tokens"], outputs: ["e"]),
                Node(
                    name: "lstm", operation: "LSTM", inputs: ["e", "W", "R", "", "", "h", "c"], outputs: ["y", "hn", "cn"],
                    attributes: ["hidden_size": .integer(units)]),
                Node(name: "squeeze", operation: "Squeeze", inputs: ["y", "axis"], outputs: ["q"]),
                Node(name: "proj", operation: "MatMul", inputs: ["q", "out"], outputs: ["logits"]),
            ])
    }

    private static func value(_ name: String, _ type: ElementType, _ dimensions: [Dimension]) -> ValueInfo {
        ValueInfo(name: name, elementType: type, dimensions: dimensions)
    }

    private struct Builder {
        private var tensors: [StoredTensor] = []
        private var initializers: [String: Int] = [:]
        private var random = SeededRandom(seed: 12)

        mutating func weight(_ name: String, _ extents: [Int], scale: Double) {
            let values = (0..<extents.reduce(1, *)).map { _ in Float(random.normal() * scale / Double(extents[extents.count - 1]).squareRoot()) }
            add(name, Tensor(values, shape: Shape(extents)))
        }

        mutating func shape(_ name: String, _ extents: [Int64]) {
            let bytes = extents.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
            add(name, Tensor(shape: [extents.count], elementType: .int64, storage: .owned(bytes)))
        }

        private mutating func add(_ name: String, _ tensor: Tensor) {
            initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: tensor))
        }

        func model(_ name: String, inputs: [ValueInfo], outputs: [ValueInfo], nodes: [Node]) -> Model {
            var graph = Graph(name: name)
            graph.operatorSets = ["": 13]
            graph.nodes = nodes
            graph.inputs = inputs
            graph.outputs = outputs
            graph.initializers = initializers
            for info in inputs + outputs { graph.valueInfos[info.name] = info }
            var tensors = tensors
            let analysis = GraphAnalysis(graph, tensors: tensors)
            let layers = graph.layers(tensors: &tensors, analysis: analysis)
            return Model(
                name: name, format: "ONNX, opset 13", fileByteCount: tensors.reduce(500) { $0 + $1.tensor.byteCount },
                structureByteCount: 500, tensors: tensors, graph: graph, layers: layers, macs: analysis.macs)
        }
    }
}
