import Basics
import NeuralNetwork
import TensorCore

/// The ONNX message of a model whose tensors lie elsewhere in the same file.
///
/// It is an ordinary ONNX model, but for this: a tensor whose `data_location` is external takes its elements from the
/// file's tensor that `location` in its `external_data` names, or where there is none, from the one of its own name. Its
/// `dims` and `data_type` are those of the elements. Numbers written into a computation (a Constant node's) stay in
/// the message. Equal initializers stay apart, for each may be stored in its own way.
public struct ONNXStructure: Sendable {
    /// Indices in `Model.tensors` of what the message refers to, each once, in the order of the message.
    public let tensors: [Int]
    public let byteCount: Int
    /// What the format cannot hold, in words; nil where all is said.
    public let fault: String?
    private let message: WireMessage

    /// The structure of a model, nil where it has no graph. `names` are those of the model's tensors in the file.
    ///
    /// - Complexity: O(nodes + tensors); tensors are not read.
    public init?(_ model: Model, names: [String]) {
        precondition(names.count == model.tensors.count, "\(names.count) names for \(model.tensors.count) tensors")
        guard let graph = model.graph else { return nil }
        let references = zip(names, model.tensors).map { $1.isLiteral ? nil : $0 }
        var encoder = ONNXEncoder(tensors: model.tensors, payloads: .referenced(names: references))
        message = encoder.model(graph, provenance: model.provenance)
        var seen: Set<Int> = []
        tensors = encoder.written.filter { references[$0] != nil && seen.insert($0).inserted }
        byteCount = message.byteCount
        fault = encoder.faults.first.map { "\($0.place) \($0.what)" }
    }

    /// Visits the message's bytes in order, a literal at a time.
    public func forEachPart<Failure: Error>(
        _ body: (SourceBytes) throws(Failure) -> Void
    ) throws(Failure) {
        for part in message.parts {
            switch part {
            case .bytes(let bytes): try body(.stored(.owned(bytes)))
            case .payload(let bytes): try body(bytes)
            }
        }
    }

    /// The message itself.
    public func bytes() throws(UnreadableTensor) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        try forEachPart { part throws(UnreadableTensor) in bytes += try part.read().withUnsafeBytes { Array($0) } }
        return bytes
    }
}

/// A structure that is being read.
public struct ReadONNXStructure {
    /// A tensor that it refers to.
    public struct Reference: Sendable, Hashable {
        public var name: String
        public var shape: Shape
        public var elementType: ElementType
    }

    /// What it refers to, each once, in the order of the message.
    public let references: [Reference]
    private let reader: ONNXReader

    public init(_ file: MappedFile) throws(ModelFileError) {
        guard file.byteCount > 0 else { throw .empty(path: file.path) }
        reader = try ONNXReader(file)
        references = try reader.references()
    }

    /// The model; `tensors` are those that it refers to, by name.
    public func model(tensors: [String: TensorSource]) throws(ModelFileError) -> Model { try reader.model(tensors: tensors) }
}
