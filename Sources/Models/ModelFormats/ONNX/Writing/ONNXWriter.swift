import Basics
import NeuralNetwork
import TensorCore

/// Writes models as ONNX: the graph as it stands, equal initializers once, those nobody reads not at all.
///
/// The structure is built in memory; tensors are read one at a time as they are written. A model of 2 GiB or more, which
/// protobuf's readers refuse, keeps its long initializers in a file beside it.
public struct ONNXWriter {
    /// The model whose graph has equal initializers merged.
    private let graph: Graph
    private let model: Model
    /// Messages from this size on have external data.
    var smallestExternal = 1 << 31

    /// nil where the model has no graph.
    public init?(_ model: Model) {
        guard let graph = model.graph else { return nil }
        self.model = model
        self.graph = graph.sharingEqualInitializers(tensors: model.tensors)
    }

    // MARK: Size

    /// Bytes of the message without its tensors' data: nodes, names, shapes; 0 without a graph. No tensor is read in full.
    ///
    /// - Complexity: O(nodes + tensors).
    public static func structureByteCount(of model: Model) -> Int {
        ONNXWriter(model)?.encoded(.omitted).message.byteCount ?? 0
    }

    /// What would be written.
    public struct Account: Sendable, Hashable {
        /// Bytes of the file, with the one of external data.
        public var fileByteCount: Int
        /// Elements of the parameters, equal initializers counted once and those nobody reads not at all.
        public var parameterCount: Int
    }

    /// The account of what would be written to `path`, whose name a large model's file holds; no tensor is read in full.
    public func account(path: String = "model.onnx") -> Account {
        let (message, encoder) = complete(path: path)
        var counted: Set<Int> = []
        let parameters = encoder.written.reduce(0) { sum, index in
            let stored = model.tensors[index]
            return stored.isParameter && counted.insert(index).inserted ? sum + stored.tensor.count : sum
        }
        let end = encoder.external.last.map { $0.offset + $0.bytes.byteCount } ?? 0
        return Account(fileByteCount: message.byteCount + end, parameterCount: parameters)
    }

    // MARK: Writing

    /// Replaces the file at `path`, and `path` + `.data` where the model is large.
    public func write(
        to path: String, cancellation: CancellationToken? = nil, progress: ProgressSink = { _ in }
    ) throws(ModelWriteError) {
        let (message, encoder) = complete(path: path)
        if let fault = encoder.faults.first {
            throw .inexpressible(path: path, place: fault.place, what: fault.what)
        }
        guard message.byteCount < 1 << 31 else {
            throw .inexpressible(path: path, place: "the graph", what: "takes more than 2 GiB without its initializers")
        }
        let payloads =
            message.parts.compactMap { if case .payload(let bytes) = $0 { bytes } else { nil } }
            + encoder.external.map(\.bytes)
        var done = WorkProgress(byteCount: payloads.reduce(0) { $0 + $1.byteCount }, count: payloads.count)
        func append(_ bytes: SourceBytes, to file: inout ModelWriting) throws(ModelWriteError) {
            try file.append(bytes) { byteCount in
                done.doneByteCount += byteCount
                progress(done)
            }
            done.doneCount += 1
        }
        var file = try ModelWriting(path: path, cancellation: cancellation)
        for part in message.parts {
            switch part {
            case .bytes(let bytes): try file.append(bytes)
            case .payload(let bytes): try append(bytes, to: &file)
            }
        }
        guard !encoder.external.isEmpty else { return try file.place() }
        var data = try ModelWriting(path: "\(path).data", cancellation: cancellation)
        for (bytes, offset) in encoder.external {
            try data.pad(to: offset)
            try append(bytes, to: &data)
        }
        // Everything that can fail comes before the first of the two is replaced.
        try file.sync()
        try data.place()
        try file.place()
    }

    private func complete(path: String) -> (message: WireMessage, encoder: ONNXEncoder) {
        let inline = encoded(.inline)
        guard inline.message.byteCount >= smallestExternal else { return inline }
        return encoded(.external(location: "\(ModelFile.name(of: path)).data"))
    }

    private func encoded(_ payloads: ONNXEncoder.Payloads) -> (message: WireMessage, encoder: ONNXEncoder) {
        var encoder = ONNXEncoder(tensors: model.tensors, payloads: payloads)
        let message = encoder.model(graph, provenance: model.provenance)
        return (message, encoder)
    }
}
