import ModelFormats
import NeuralNetwork
import TensorCore

/// A model as lines of text, every tensor by its bytes: two models are the same where their lines are.
///
/// Initializers are written where nodes read them, by content, for an export merges equal ones.
struct ModelDescription {
    let tensors: [StoredTensor]
    private(set) var lines: [String] = []

    static func lines(of model: Model) -> [String] {
        var description = ModelDescription(tensors: model.tensors)
        let version = model.provenance.formatVersion.map { "\(max($0, 4))" } ?? "none"
        description.lines.append("version \(version), \(model.graph.map { "\($0.operatorSets.sorted { $0.key < $1.key })" } ?? "")")
        description.lines.append("fields \(model.provenance.fields.map(hash))")
        if let graph = model.graph { description.append(graph, indent: "", outer: [:]) }
        return description.lines
    }

    private mutating func append(_ graph: Graph, indent: String, outer: [String: String]) {
        var contents = outer
        for (name, index) in graph.initializers { contents[name] = content(index) }
        lines.append("\(indent)graph \(graph.name) \(graph.annotations)")
        for (kind, values) in [("input", graph.inputs), ("output", graph.outputs)] {
            for info in values { lines.append("\(indent)\(kind) \(info) \(contents[info.name] ?? "")") }
        }
        for part in graph.encodedInitializers {
            lines.append("\(indent)\(part.kind) \(part.name) \(part.bytes.map(Self.hash) ?? "nowhere")")
        }
        for node in graph.nodes {
            lines.append("\(indent)\(node.operation)|\(node.domain)|\(node.name)|\(node.annotations)")
            lines.append("\(indent)  reads \(node.inputs.map { contents[$0] ?? $0 })")
            for output in node.outputs {
                lines.append("\(indent)  makes \(output): \(graph.valueInfos[output].map { "\($0)" } ?? "?")")
            }
            for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
                append(attribute, name: name, indent: indent, contents: contents)
            }
        }
    }

    private mutating func append(_ attribute: Attribute, name: String, indent: String, contents: [String: String]) {
        let head = "\(indent)  \(name) ="
        switch attribute {
        case .tensor(let index): lines.append("\(head) \(content(index)) \(tensors[index].isLiteral)")
        case .unsupported(let kind, let encoded): lines.append("\(head) \(kind) \(encoded.map(Self.hash) ?? "nowhere")")
        case .graph(let graph):
            lines.append("\(head) graph")
            append(graph, indent: indent + "    ", outer: contents)
        case .graphs(let graphs):
            for graph in graphs { append(graph, indent: indent + "    ", outer: contents) }
        case .float(let value): lines.append("\(head) \(value.bitPattern)")
        default: lines.append("\(head) \(attribute)")
        }
    }

    private func content(_ index: Int) -> String {
        let tensor = tensors[index].tensor
        return "\(tensor.elementType) \(tensor.shape) \((try? tensor.read().storage).map(Self.hash) ?? "unreadable")"
    }

    /// The number of bytes, and a hash after FNV-1a.
    static func hash(_ storage: TensorStorage) -> String {
        let value = storage.withUnsafeBytes { bytes in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            var offset = 0
            while offset < bytes.count {
                // By eight bytes, so that large models are done in a moment.
                let isWhole = offset + 8 <= bytes.count
                let value = isWhole ? bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) : UInt64(bytes[offset])
                hash = (hash ^ value) &* 0x100_0000_01b3
                hash ^= hash >> 29
                offset += isWhole ? 8 : 1
            }
            return hash
        }
        return "\(storage.byteCount):\(String(value, radix: 16))"
    }
}
