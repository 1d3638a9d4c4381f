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
            for info in list { graph.valueInfos[info.name] = try valueInfo(info) }
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
                let bytes = initializer.dataLocation == 1 ? nil : encoded(initializer.place)
                graph.encodedInitializers.append(EncodedPart(kind: .tensor, name: name, bytes: bytes))
            }
        }
        for sparse in message.sparseInitializer { try read(sparse, in: &graph) }
        let provided = Set(graph.initializers.keys).union(opaque(message))
        for input in message.input where !provided.contains(input.name) { graph.inputs.append(try valueInfo(input)) }
        for output in message.output { graph.outputs.append(try valueInfo(output)) }
        graph.annotations = message.kept
        if let fault = graph.fault() { throw .malformed(fault, path: path) }
        return graph
    }

    /// A message as it lies in the file.
    private func encoded(_ place: Range<Int>) -> TensorStorage { .mapped(tensors.file, place) }

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
        let isHere = sparse.values.dataLocation != 1 && sparse.indices.dataLocation != 1
        graph.encodedInitializers.append(
            EncodedPart(kind: .sparseTensor, name: name, bytes: isHere ? encoded(sparse.place) : nil))
    }

    private func valueInfo(_ message: ONNXValueInfoProto) throws(ModelFileError) -> ValueInfo {
        guard let type = try type(message).tensorType else {
            return ValueInfo(
                name: message.name, elementType: nil, dimensions: nil, encodedType: message.type, annotations: message.kept)
        }
        let elementType = ONNXTensorReader.elementTypes[type.elemType]
        return ValueInfo(
            name: message.name, elementType: elementType, dimensions: type.shape?.dim.map(\.value),
            encodedType: elementType == nil ? message.type : nil, annotations: message.kept)
    }

    private func type(_ message: ONNXValueInfoProto) throws(ModelFileError) -> ONNXTypeProto {
        do {
            return try (message.type ?? []).withUnsafeBytes { bytes in
                var type = ONNXTypeProto()
                var reader = ONNXMessageReader(bytes)
                try reader.read(&type, at: 0..<bytes.count)
                return type
            }
        } catch {
            throw .malformed(
                path: path, place: .tensor(message.name), expected: "declared with a type", found: "something else")
        }
    }

    mutating func node(_ message: ONNXNodeProto) throws(ModelFileError) -> Node {
        let domain = Self.standardized(message.domain)
        let isConstant = domain.isEmpty && message.opType == "Constant"
        var attributes: [String: Attribute] = [:]
        for attribute in message.attribute {
            attributes[attribute.name] = try read(
                attribute, literal: isConstant ? message.output.first ?? message.name : nil, node: message)
        }
        var node = Node(
            name: message.name, operation: message.opType, domain: domain, inputs: message.input, outputs: message.output,
            attributes: attributes)
        node.annotations = message.kept
        node.weightName = ExporterNotes(node)?.weightName(of: node)
        return node
    }

    // MARK: Attributes

    private enum Kind: Int32 {
        case float = 1, int, string, tensor, graph, floats, ints, strings, tensors, graphs, sparseTensor
    }

    /// The kind an attribute declares, or in old files the one that its fields show.
    private func kind(_ message: ONNXAttributeProto) -> Kind? {
        if message.type != 0 { return Kind(rawValue: message.type) }
        if message.t != nil { return .tensor }
        if message.g != nil { return .graph }
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
        func unsupported(_ kind: String, isHere: Bool = true) -> Attribute {
            .unsupported(kind, encoded: isHere ? encoded(message.place) : nil)
        }
        guard message.refAttrName.isEmpty else { return unsupported("reference to an attribute") }
        switch kind(message) {
        case .float:
            if let literal { return try store([message.f], shape: [], name: literal) }
            return .float(message.f)
        case .int: return .integer(Int(message.i))
        case .string:
            guard let text = String(validating: message.s, as: UTF8.self) else { return unsupported("bytes") }
            return .text(text)
        case .ints: return .integers(message.ints.map { Int($0) })
        case .strings:
            let texts = message.strings.compactMap { String(validating: $0, as: UTF8.self) }
            return texts.count == message.strings.count ? .texts(texts) : unsupported("bytes")
        case .floats: return try floats(message, literal: literal, node: node)
        case .tensor:
            let held = message.t ?? ONNXTensorProto()
            let name = literal ?? (held.name.isEmpty ? "\(node.name).\(message.name)" : held.name)
            guard let tensor = try tensors.tensor(held, name: name) else {
                return unsupported("tensor", isHere: held.dataLocation != 1)
            }
            stored.append(StoredTensor(name: name, tensor: tensor, isLiteral: true))
            return .tensor(stored.count - 1)
        case .graph: return .graph(try graph(message.g ?? ONNXGraphProto()))
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
            return unsupported("tensors", isHere: message.tensors.allSatisfy { $0.dataLocation != 1 })
        case .sparseTensor:
            let sparse = message.sparseTensor ?? ONNXSparseTensorProto()
            return unsupported("sparse tensor", isHere: sparse.values.dataLocation != 1 && sparse.indices.dataLocation != 1)
        case nil: return unsupported("kind \(message.type)")
        }
    }

    private mutating func floats(
        _ message: ONNXAttributeProto, literal: String?, node: ONNXNodeProto
    ) throws(ModelFileError) -> Attribute {
        guard let literal else {
            if message.payload.isEmpty { return .floats(message.floats) }
            return .unsupported("floats", encoded: encoded(message.place))
        }
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

extension ModelFileError {
    /// A graph that cannot run, with its nodes named; of a long cycle some.
    fileprivate static func malformed(_ fault: GraphFault, path: String) -> ModelFileError {
        switch fault {
        case .cycle(let nodes):
            let shown = nodes.prefix(6) + (nodes.count > 6 ? ["… (\(nodes.count.grouped) nodes)"] : []) + nodes.prefix(1)
            return .malformed(
                path: path, place: .whole, expected: "a graph in which no node waits for itself",
                found: shown.map(\.quoted).joined(separator: " → "))
        case .madeTwice(let value, let node):
            return .malformed(
                path: path, place: .tensor(value), expected: "made once", found: "that \(node.quoted) makes it again")
        }
    }
}
