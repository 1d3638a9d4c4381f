import NeuralNetwork
import TensorCore

/// Turns a model into ONNX's messages. What the format cannot hold is left out and noted in `faults`.
struct ONNXEncoder {
    /// What becomes of tensors' data.
    enum Payloads {
        case inline
        /// Left out, field and all: the structure alone.
        case omitted
        /// Long initializers go to a file of their own, under this name.
        case external(location: String)
        /// Tensors are in the file around the structure, under these names, by index; those without one are inline.
        case referenced(names: [String?])
    }

    struct Fault {
        var place: String
        var what: String
    }

    let tensors: [StoredTensor]
    let payloads: Payloads
    private(set) var faults: [Fault] = []
    /// Tensors of the external file, each with its offset.
    private(set) var external: [(bytes: SourceBytes, offset: Int)] = []
    /// Stored tensors that the message holds, in its order.
    private(set) var written: [Int] = []

    /// Shape computations read short tensors while a runtime loads a model, so these stay in it.
    private static let shortestExternal = 1024
    /// A page, so that a runtime can map each tensor.
    private static let externalAlignment = 4096
    /// Initializers that are no inputs came with this version.
    private static let lowestVersion = 4

    init(tensors: [StoredTensor], payloads: Payloads) {
        self.tensors = tensors
        self.payloads = payloads
    }

    mutating func model(_ graph: Graph, provenance: Provenance) -> WireMessage {
        var message = WireMessage()
        message.append(1, integer: max(provenance.formatVersion ?? Self.lowestVersion, Self.lowestVersion))
        for field in provenance.fields { message.append(encoded: .stored(field)) }
        message.append(7, message: self.graph(graph))
        // A file without a version means the first.
        let sets = graph.operatorSets.isEmpty ? ["": 1] : graph.operatorSets
        for (domain, version) in sets.sorted(by: { $0.key < $1.key }) {
            var entry = WireMessage()
            if !domain.isEmpty { entry.append(1, text: domain) }
            entry.append(2, integer: version)
            message.append(8, message: entry)
        }
        return message
    }

    mutating func graph(_ graph: Graph) -> WireMessage {
        let read = graph.namesRead()
        var message = WireMessage()
        for node in graph.nodes { message.append(1, message: self.node(node)) }
        // ONNX asks for a name.
        message.append(2, text: graph.name.isEmpty ? "graph" : graph.name)
        for (name, index) in graph.initializers.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
        where read.contains(name) {
            guard tensors.indices.contains(index) else {
                faults.append(Fault(place: "tensor \(name.quoted)", what: "is missing"))
                continue
            }
            message.append(5, message: tensor(index, name: name, mayBeExternal: true))
        }
        for part in graph.encodedInitializers where read.contains(part.name) {
            guard let bytes = part.bytes else {
                faults.append(Fault(place: "tensor \(part.name.quoted)", what: "has data Pare does not read in another file"))
                continue
            }
            message.append(part.kind == .tensor ? 5 : 15, payload: .stored(bytes))
        }
        message.append(encoded: graph.annotations)
        for input in graph.inputs { message.append(11, message: valueInfo(input)) }
        for output in graph.outputs { message.append(12, message: valueInfo(output)) }
        var named = Set(graph.inputs.map(\.name)).union(graph.outputs.map(\.name))
        for value in graph.nodes.flatMap(\.outputs) {
            guard let info = graph.valueInfos[value], named.insert(value).inserted else { continue }
            message.append(13, message: valueInfo(info))
        }
        return message
    }

    // MARK: Tensors

    /// A stored tensor under a name, which may be empty.
    private mutating func tensor(_ index: Int, name: String, mayBeExternal: Bool = false) -> WireMessage {
        let tensor = tensors[index].tensor
        var message = WireMessage()
        message.append(1, integers: tensor.shape.dimensions)
        message.append(2, integer: tensor.elementType.onnxNumber)
        if !name.isEmpty { message.append(8, text: name) }
        written.append(index)
        switch payloads {
        case .omitted: break
        case .referenced(let names) where names[index] != nil:
            if let reference = names[index], reference != name {
                var entry = WireMessage()
                entry.append(1, text: "location")
                entry.append(2, text: reference)
                message.append(13, message: entry)
            }
            message.append(14, integer: 1)
        case .external(let location) where mayBeExternal && tensor.byteCount >= Self.shortestExternal:
            let end = external.last.map { $0.offset + $0.bytes.byteCount } ?? 0
            let offset = (end + Self.externalAlignment - 1) / Self.externalAlignment * Self.externalAlignment
            external.append((tensor.bytes, offset))
            for (key, value) in [("location", location), ("offset", "\(offset)"), ("length", "\(tensor.byteCount)")] {
                var entry = WireMessage()
                entry.append(1, text: key)
                entry.append(2, text: value)
                message.append(13, message: entry)
            }
            message.append(14, integer: 1)
        case .inline, .external, .referenced:
            // An empty tensor that has the field, though empty as well, is malformed.
            if tensor.byteCount > 0 { message.append(9, payload: tensor.bytes) }
        }
        return message
    }

    private func isReferenced(_ index: Int) -> Bool {
        if case .referenced(let names) = payloads { names[index] != nil } else { false }
    }

    // MARK: Nodes

    private mutating func node(_ node: Node) -> WireMessage {
        var message = WireMessage()
        for input in node.inputs { message.append(1, text: input) }
        for output in node.outputs { message.append(2, text: output) }
        if !node.name.isEmpty { message.append(3, text: node.name) }
        message.append(4, text: node.operation)
        for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
            if let encoded = self.attribute(attribute, name: name, of: node) { message.append(5, message: encoded) }
        }
        message.append(encoded: node.annotations)
        if !node.domain.isEmpty { message.append(7, text: node.domain) }
        return message
    }

    private mutating func attribute(_ attribute: Attribute, name: String, of node: Node) -> WireMessage? {
        if case .unsupported(let kind, let encoded) = attribute {
            guard let encoded else {
                let title = node.name.isEmpty ? node.outputs.first ?? "" : node.name
                faults.append(
                    Fault(
                        place: "attribute \(name.quoted) of \(node.operation) \(title.quoted)",
                        what: "(\(kind)) has its data in another file"))
                return nil
            }
            var message = WireMessage()
            message.append(encoded: .stored(encoded))
            return message
        }
        if case .tensor(let index) = attribute {
            guard tensors.indices.contains(index) else {
                faults.append(Fault(place: "a tensor of node \(node.name.quoted)", what: "is missing"))
                return nil
            }
            return tensorAttribute(index, name: name, of: node)
        }
        var message = WireMessage()
        message.append(1, text: name)
        switch attribute {
        case .float(let value): message.append(2, float: value)
        case .integer(let value): message.append(3, integer: value)
        case .text(let value): message.append(4, text: value)
        case .graph(let value): message.append(6, message: graph(value))
        case .floats(let values): message.append(7, floats: values)
        case .integers(let values): message.append(8, integers: values)
        case .texts(let values): for value in values { message.append(9, text: value) }
        case .graphs(let values): for value in values { message.append(11, message: graph(value)) }
        case .tensor, .unsupported: break  // above
        }
        message.append(20, integer: attribute.onnxNumber)
        return message
    }

    /// A tensor in an attribute; a Constant's `value_float` and `value_floats` stay what they are while they can.
    private mutating func tensorAttribute(_ index: Int, name: String, of node: Node) -> WireMessage {
        let stored = tensors[index]
        let isConstant = node.domain.isEmpty && node.operation == "Constant"
        // What lies elsewhere has a tensor's message to say so.
        let isFloat = stored.tensor.elementType == .float32 && !isReferenced(index)
        var message = WireMessage()
        if isConstant, name == "value_float", isFloat, stored.tensor.shape.rank == 0 {
            message.append(1, text: name)
            written.append(index)
            if case .omitted = payloads {} else { message.append(2, float: stored.tensor.bytes) }
            message.append(20, integer: 1)
        } else if isConstant, name == "value_floats", isFloat, stored.tensor.shape.rank == 1 {
            message.append(1, text: name)
            written.append(index)
            if case .omitted = payloads {} else { message.append(7, payload: stored.tensor.bytes) }
            message.append(20, integer: 6)
        } else {
            // The reader names a tensor without a name so, and a Constant's after its output.
            let isNamed = !isConstant && stored.name != "\(node.name).\(name)"
            message.append(1, text: isConstant ? "value" : name)
            message.append(5, message: tensor(index, name: isNamed ? stored.name : ""))
            message.append(20, integer: 4)
        }
        return message
    }
}
