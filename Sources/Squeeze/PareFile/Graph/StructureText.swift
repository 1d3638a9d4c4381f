import TensorCore

/// The text that tells a compressed file's graph and the names of its tensors. Its first byte says what follows:
///
/// - `g`: the graph, an ONNX message (see `ONNXStructure`), as `GraphText` writes it
/// - `r`: the message as it is, where it would not come back from that byte for byte
/// - `p`: nothing; the message is too long, and one of the parts of the file
/// - `t`: no graph, but the tensors in their order: strings (see `GraphText`) of the JSON text of the original's `__metadata__` with the names
///   that are tied (`TiedNames`), empty where there is neither, then of each tensor the name, the type and the shape (`3,16`) as safetensors
///   writes them
enum StructureText {
    case graph([UInt8])
    case longGraph
    case tensors([TensorLine], metadata: [UInt8]?)

    /// A tensor of a model without a graph.
    struct TensorLine: Sendable, Hashable {
        var name: String
        var type: String
        var shape: [Int]
    }

    init(graph message: [UInt8]) { self = .graph(message) }

    var bytes: [UInt8] {
        switch self {
        case .graph(let message): GraphText.text(of: message).map { [0x67] + $0 } ?? [0x72] + message
        case .longGraph: [0x70]
        case .tensors(let tensors, let metadata):
            [0x74] + GraphFields.string(metadata ?? [])
                + tensors.flatMap {
                    GraphFields.string($0.name.utf8) + GraphFields.string($0.type.utf8)
                        + GraphFields.string($0.shape.map(String.init).joined(separator: ",").utf8)
                }
        }
    }

    /// nil of what no writer writes.
    init?(_ text: [UInt8]) {
        switch text.first {
        case 0x67:
            guard let message = GraphText.message(of: text[1...]) else { return nil }
            self = .graph(message)
        case 0x72: self = .graph(Array(text[1...]))
        case 0x70:
            guard text.count == 1 else { return nil }
            self = .longGraph
        case 0x74:
            var fields = GraphFields(text[1...])
            guard let metadata = fields.string() else { return nil }
            var tensors: [TensorLine] = []
            while !fields.isAtEnd {
                guard let name = fields.string().flatMap({ String(validating: $0, as: UTF8.self) }),
                    let type = fields.string().flatMap({ String(validating: $0, as: UTF8.self) }), let shape = fields.string().flatMap(Self.shape)
                else { return nil }
                tensors.append(TensorLine(name: name, type: type, shape: shape))
            }
            self = .tensors(tensors, metadata: metadata.isEmpty ? nil : metadata)
        default: return nil
        }
    }

    private static func shape(_ text: [UInt8]) -> [Int]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { Int(String(decoding: $0, as: UTF8.self)) }
        guard parts.count <= 64, parts.allSatisfy({ $0 != nil && $0 ?? 0 >= 0 }) else { return nil }
        return parts.compactMap { $0 }
    }
}
