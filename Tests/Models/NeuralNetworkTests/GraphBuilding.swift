import NeuralNetwork
import TensorCore

/// A graph in the making, with the tensors it stores.
struct GraphBuilder {
    var graph = Graph(operatorSets: ["": 13])
    var tensors: [StoredTensor] = []

    mutating func input(_ name: String, _ dimensions: [Dimension]?) {
        let info = ValueInfo(name: name, elementType: .float32, dimensions: dimensions)
        graph.inputs.append(info)
        graph.valueInfos[name] = info
    }

    @discardableResult
    mutating func store(_ name: String, _ shape: Shape, value: Float = 1, isLiteral: Bool = false) -> Int {
        let tensor = Tensor([Float](repeating: value, count: shape.count), shape: shape)
        graph.initializers[name] = tensors.count
        tensors.append(StoredTensor(name: name, tensor: tensor, isLiteral: isLiteral))
        return tensors.count - 1
    }

    mutating func store(_ name: String, integers: [Int]) {
        let bytes = integers.map { Int64($0) }.withUnsafeBytes { Array($0) }
        graph.initializers[name] = tensors.count
        tensors.append(
            StoredTensor(
                name: name, tensor: Tensor(shape: [integers.count], elementType: .int64, storage: .owned(bytes))))
    }

    mutating func node(
        _ operation: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
        _ attributes: [String: Attribute] = [:]
    ) {
        graph.nodes.append(
            Node(
                name: name, operation: operation, domain: domain, inputs: inputs, outputs: outputs,
                attributes: attributes))
    }

    var analysis: GraphAnalysis { GraphAnalysis(graph, tensors: tensors) }

    var layers: [Layer] {
        var tensors = tensors
        return graph.layers(tensors: &tensors, analysis: analysis)
    }
}
