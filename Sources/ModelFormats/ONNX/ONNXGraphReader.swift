import NeuralNetwork
import TensorCore

/// Turns ONNX's messages into a graph, gathering the tensors it stores.
struct ONNXGraphReader {
    let path: String
    let operatorSets: [String: Int]
    var tensors: ONNXTensorReader
    /// Every stored tensor, in the order of the file.
    private(set) var stored: [StoredTensor] = []

    init(path: String, operatorSets: [String: Int], tensors: ONNXTensorReader) {
        self.path = path
        self.operatorSets = operatorSets
        self.tensors = tensors
    }

    /// The domain as graphs name it: the standard one is empty.
    static func standardized(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

    mutating func graph(_ message: ONNXGraphProto) throws(ModelFileError) -> Graph {
        var graph = Graph(name: message.name, operatorSets: operatorSets)
        graph.nodes.reserveCapacity(message.node.count)
        for node in message.node { graph.nodes.append(try self.node(node)) }
        for list in [message.valueInfo, message.output, message.input] {
            for info in list { graph.valueInfos[info.name] = valueInfo(info) }
        }
        for initializer in message.initializer {
            let name = initializer.name
            guard graph.initializers[name] == nil else {
                throw .malformed(path: path, place: .tensor(name), expected: "one of its name", found: "a second one")
            }
            if let tensor = try tensors.tensor(initializer, name: name) {
                graph.initializers[name] = stored.count
                stored.append(StoredTensor(name: name, tensor: tensor))
            } else {
                try declare(name, tensors.shape(initializer, name: name).dimensions, in: &graph)
            }
        }
        for sparse in message.sparseInitializer { try read(sparse, in: &graph) }
        let provided = Set(graph.initializers.keys).union(opaque(message))
        graph.inputs = message.input.filter { !provided.contains($0.name) }.map(valueInfo)
        graph.outputs = message.output.map(valueInfo)
        return graph
    }

    /// Names of initializers that are held in no tensor of their own.
    private func opaque(_ message: ONNXGraphProto) -> Set<String> {
        Set(message.initializer.map(\.name)).union(message.sparseInitializer.map(\.values.name))
    }

    private func declare(_ name: String, _ dimensions: [Int], in graph: inout Graph) {
        graph.valueInfos[name] = ValueInfo(
            name: name, elementType: nil, dimensions: dimensions.map { $0 < 0 ? .unspecified : .fixed($0) })
    }

    /// A sparse initializer is stored as the values and indices it holds; the dense tensor has a shape only.
    private mutating func read(_ sparse: ONNXSparseTensorProto, in graph: inout Graph) throws(ModelFileError) {
        let name = sparse.values.name
        for (part, partName) in [(sparse.values, name), (sparse.indices, "\(name) (indices)")] {
            if let tensor = try tensors.tensor(part, name: partName) {
                stored.append(StoredTensor(name: partName, tensor: tensor))
            }
        }
        declare(name, sparse.dims.map { Int($0) }, in: &graph)
    }

    private func valueInfo(_ message: ONNXValueInfoProto) -> ValueInfo {
        guard case .tensorType(let type) = message.type.value else {
            return ValueInfo(name: message.name, elementType: nil, dimensions: nil)
        }
        let dimensions = type.shape.dim.map { dimension -> Dimension in
            switch dimension.value {
            case .dimValue(let extent): extent > 0 ? .fixed(Int(extent)) : .unspecified
            case .dimParam(let name): name.isEmpty ? .unspecified : .symbol(name)
            case nil: .unspecified
            }
        }
        return ValueInfo(
            name: message.name, elementType: ONNXTensorReader.elementTypes[type.elemType],
            dimensions: type.hasShape ? dimensions : nil)
    }

    private mutating func node(_ message: ONNXNodeProto) throws(ModelFileError) -> Node {
        let domain = Self.standardized(message.domain)
        let isConstant = domain.isEmpty && message.opType == "Constant"
        var attributes: [String: Attribute] = [:]
        for attribute in message.attribute {
            attributes[attribute.name] = try read(
                attribute, literal: isConstant ? message.output.first ?? message.name : nil, node: message)
        }
        return Node(
            name: message.name, operation: message.opType, domain: domain, inputs: message.input, outputs: message.output,
            attributes: attributes)
    }

    /// Gathers the tensors of nodes that are not followed.
    mutating func visitConstants(_ nodes: [ONNXNodeProto]) throws(ModelFileError) {
        for node in nodes { _ = try self.node(node) }
    }

    // MARK: Attributes

    private enum Kind: Int32 {
        case float = 1, int, string, tensor, graph, floats, ints, strings, tensors, graphs, sparseTensor
    }

    /// The kind an attribute declares, or in old files the one that its fields show.
    private func kind(_ message: ONNXAttributeProto) -> Kind? {
        if message.type != 0 { return Kind(rawValue: message.type) }
        if message.hasT { return .tensor }
        if message.hasG { return .graph }
        if !message.floats.isEmpty || !message.payload.isEmpty { return .floats }
        if !message.ints.isEmpty { return .ints }
        if !message.strings.isEmpty { return .strings }
        if !message.s.isEmpty { return .string }
        if message.f != 0 { return .float }
        return .int
    }

    /// Reads an attribute; `literal` names the tensor of a Constant node.
    private mutating func read(
        _ message: ONNXAttributeProto, literal: String?, node: ONNXNodeProto
    ) throws(ModelFileError) -> Attribute {
        guard message.refAttrName.isEmpty else { return .unsupported("reference to an attribute") }
        switch kind(message) {
        case .float:
            if let literal { return try store([message.f], shape: [], name: literal) }
            return .float(message.f)
        case .int: return .integer(Int(message.i))
        case .string: return .text(String(decoding: message.s, as: UTF8.self))
        case .ints: return .integers(message.ints.map { Int($0) })
        case .strings: return .texts(message.strings.map { String(decoding: $0, as: UTF8.self) })
        case .floats: return try floats(message, literal: literal, node: node)
        case .tensor:
            let own = message.t.name
            let name = literal ?? (own.isEmpty ? "\(node.name).\(message.name)" : own)
            guard let tensor = try tensors.tensor(message.t, name: name) else { return .unsupported("tensor") }
            stored.append(StoredTensor(name: name, tensor: tensor, isLiteral: true))
            return .tensor(stored.count - 1)
        case .graph: return .graph(try graph(message.g))
        case .graphs:
            var graphs: [Graph] = []
            for inner in message.graphs { graphs.append(try graph(inner)) }
            return .graphs(graphs)
        case .tensors:
            for (index, inner) in message.tensors.enumerated() {
                let name = "\(node.name).\(message.name)[\(index)]"
                if let tensor = try tensors.tensor(inner, name: name) {
                    stored.append(StoredTensor(name: name, tensor: tensor, isLiteral: true))
                }
            }
            return .unsupported("tensors")
        case .sparseTensor: return .unsupported("sparse tensor")
        case nil: return .unsupported("kind \(message.type)")
        }
    }

    private mutating func floats(
        _ message: ONNXAttributeProto, literal: String?, node: ONNXNodeProto
    ) throws(ModelFileError) -> Attribute {
        guard let literal else { return message.payload.isEmpty ? .floats(message.floats) : .unsupported("floats") }
        if message.payload.isEmpty { return try store(message.floats, shape: [message.floats.count], name: literal) }
        let tensor = try tensors.floats(message.payload, name: literal)
        stored.append(StoredTensor(name: literal, tensor: tensor, isLiteral: true))
        return .tensor(stored.count - 1)
    }

    private mutating func store(_ values: [Float], shape: Shape, name: String) throws(ModelFileError) -> Attribute {
        stored.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape), isLiteral: true))
        return .tensor(stored.count - 1)
    }
}
