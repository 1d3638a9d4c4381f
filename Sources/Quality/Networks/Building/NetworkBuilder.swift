import Basics
import NeuralNetwork
import TensorCore

/// A value between two nodes: its name, and how many features it has.
struct Feature {
    var name: String
    /// Channels of images, or numbers of a vector.
    var count: Int
}

/// Draws a network node by node, with weights from one seeded source in the order they are stored.
struct NetworkBuilder {
    /// The operator set of what is drawn.
    static let operatorSet = 13

    private(set) var graph: Graph
    private(set) var tensors: [StoredTensor] = []
    private var random: SeededRandom

    init(name: String, seed: UInt64) {
        graph = Graph(name: name, operatorSets: ["": Self.operatorSet])
        random = SeededRandom(seed: seed)
    }

    /// Declares an input.
    mutating func input(_ name: String, _ type: ElementType = .float32, _ dimensions: [Dimension]) {
        graph.inputs.append(ValueInfo(name: name, elementType: type, dimensions: dimensions))
    }

    /// Declares an output.
    mutating func output(_ name: String, _ dimensions: [Dimension]) {
        graph.outputs.append(ValueInfo(name: name, elementType: .float32, dimensions: dimensions))
    }

    /// Stores weights under a name, which is returned.
    @discardableResult
    mutating func store(_ name: String, _ shape: Shape, _ weights: InitialWeights) -> String {
        store(name, weights.values(shape, using: &random))
    }

    /// Stores numbers that shape a computation, as a vector of int64; they are not trained.
    mutating func store(_ name: String, integers: [Int]) -> String {
        store(
            name,
            Tensor(
                shape: [integers.count], elementType: .int64,
                storage: .owned(integers.map { Int64($0) }.withUnsafeBytes { Array($0) })))
    }

    private mutating func store(_ name: String, _ tensor: Tensor) -> String {
        precondition(graph.initializers[name] == nil, "\(name) is stored twice")
        graph.initializers[name] = tensors.count
        tensors.append(StoredTensor(name: name, tensor: tensor))
        return name
    }

    /// Adds a node, and gives its first output: the one named, else the node's name with `.output`.
    @discardableResult
    mutating func node(
        _ operation: String, _ name: String, _ inputs: [String], to outputs: [String]? = nil,
        _ attributes: [String: Attribute] = [:]
    ) -> String {
        let outputs = outputs ?? ["\(name).output"]
        graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs, attributes: attributes))
        return outputs.first { !$0.isEmpty } ?? ""
    }

    /// The network as it would be opened from a file; `detail` is what the file says of it.
    func model(detail: String) -> Model {
        var tensors = tensors
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        let byteCount = tensors.reduce(0) { $0 + $1.tensor.byteCount }
        return Model(
            name: "\(graph.name).onnx", format: "ONNX, opset \(Self.operatorSet)", fileByteCount: byteCount, structureByteCount: 0,
            tensors: tensors, graph: graph, layers: layers, macs: analysis.macs,
            assumptions: analysis.assumed,
            provenance: Provenance(formatVersion: 7, fields: [.owned(Self.field(2, "pare") + Self.field(6, detail))]))
    }

    /// A text of ONNX's outermost message (2 the producer, 6 the documentation), as protobuf encodes it.
    private static func field(_ number: UInt8, _ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        precondition(bytes.count < 1 << 14, "\(bytes.count) bytes of documentation")
        let length = bytes.count < 128 ? [UInt8(bytes.count)] : [UInt8(bytes.count & 127) | 128, UInt8(bytes.count >> 7)]
        return [number << 3 | 2] + length + bytes
    }
}
