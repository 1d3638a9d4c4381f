import Basics
import NeuralNetwork
import TensorCore

/// A graph in the making, with the tensors it stores.
public struct GraphBuilder {
    public var graph: Graph
    public var tensors: [StoredTensor] = []
    public var random: SeededRandom

    public init(operatorSet: Int = 13, seed: UInt64 = 1) {
        graph = Graph(operatorSets: ["": operatorSet])
        random = SeededRandom(seed: seed)
    }

    public mutating func input(_ name: String, _ dimensions: [Dimension], _ type: ElementType = .float32) {
        let info = ValueInfo(name: name, elementType: type, dimensions: dimensions)
        graph.inputs.append(info)
        graph.valueInfos[name] = info
    }

    public mutating func input(_ name: String, _ dimensions: [Int], _ type: ElementType = .float32) {
        input(name, dimensions.map { .fixed($0) }, type)
    }

    public mutating func output(_ name: String, _ dimensions: [Dimension]? = nil) {
        let info = ValueInfo(name: name, elementType: .float32, dimensions: dimensions)
        graph.outputs.append(info)
        graph.valueInfos[name] = info
    }

    /// Weights of a normal distribution of that scale about an offset.
    @discardableResult
    public mutating func store(_ name: String, _ shape: [Int], scale: Float, offset: Float = 0) -> String {
        let values = (0..<Shape(shape).count).map { _ in offset + scale * Float(random.normal()) }
        return store(name, Tensor(values, shape: Shape(shape)))
    }

    /// Random weights, scaled so that products keep their size.
    @discardableResult
    public mutating func store(_ name: String, _ shape: [Int], _ range: ClosedRange<Double>? = nil) -> String {
        let scale = 1 / Double(max(1, shape.dropFirst().reduce(1, *))).squareRoot()
        let values = (0..<Shape(shape).count).map { _ in
            Float(range.map { random.uniform($0.lowerBound, $0.upperBound) } ?? random.normal() * scale)
        }
        return store(name, Tensor(values, shape: Shape(shape)))
    }

    @discardableResult
    public mutating func store(_ name: String, _ tensor: Tensor) -> String {
        graph.initializers[name] = tensors.count
        tensors.append(StoredTensor(name: name, tensor: tensor))
        return name
    }

    @discardableResult
    public mutating func store(_ name: String, integers: [Int], isScalar: Bool = false) -> String {
        let bytes = integers.map { Int64($0) }.withUnsafeBytes { Array($0) }
        return store(
            name, Tensor(shape: isScalar ? [] : [integers.count], elementType: .int64, storage: .owned(bytes)))
    }

    @discardableResult
    public mutating func node(
        _ operation: String, _ inputs: [String], _ outputs: [String]? = nil, name: String? = nil,
        _ attributes: [String: Attribute] = [:]
    ) -> String {
        let name = name ?? "\(operation.lowercased())\(graph.nodes.count)"
        let outputs = outputs ?? ["\(name).y"]
        graph.nodes.append(
            Node(name: name, operation: operation, inputs: inputs, outputs: outputs, attributes: attributes))
        return outputs[0]
    }

    public var model: Model { model(named: "test.onnx") }

    /// The model as a file of that name would give it.
    public func model(named name: String) -> Model {
        var tensors = tensors
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        return Model(
            name: name, format: "ONNX, opset 13", fileByteCount: tensors.reduce(500) { $0 + $1.tensor.byteCount },
            structureByteCount: 500, tensors: tensors, graph: graph, layers: layers, macs: analysis.macs)
    }
}
