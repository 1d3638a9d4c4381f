import Basics
import NeuralNetwork

/// Writes a model's tensors as one safetensors file, shards merged; of a model with a graph, the tensors its nodes read.
public struct SafetensorsWriter {
    private let header: SafetensorsHeader

    public init(_ model: Model) {
        var items = Self.tensors(of: model).map { stored in
            SafetensorsHeader.Item(
                name: stored.name, type: stored.tensor.elementType.safetensorsName,
                dimensions: stored.tensor.shape.dimensions, bytes: stored.tensor.bytes)
        }
        // Fields of another format mean nothing here.
        guard model.graph == nil else {
            header = SafetensorsHeader(items, metadata: nil)
            return
        }
        items += model.provenance.opaqueTensors.map { opaque in
            SafetensorsHeader.Item(
                name: opaque.name, type: opaque.type, dimensions: opaque.dimensions, bytes: .stored(opaque.storage))
        }
        header = SafetensorsHeader(items, metadata: TiedNames.metadata(of: model))
    }

    /// Bytes of the file.
    public var fileByteCount: Int { header.fileByteCount }

    /// Bytes of the file that are not tensor data.
    public var structureByteCount: Int { header.bytes.count }

    /// Replaces the file at `path`.
    public func write(
        to path: String, cancellation: CancellationToken? = nil, progress: ProgressSink = { _ in }
    ) throws(ModelWriteError) {
        var file = try ModelWriting(path: path, cancellation: cancellation)
        try file.append(header.bytes)
        var done = WorkProgress(byteCount: header.items.reduce(0) { $0 + $1.bytes.byteCount }, count: header.items.count)
        for item in header.items {
            try file.append(item.bytes) { byteCount in
                done.doneByteCount += byteCount
                progress(done)
            }
            done.doneCount += 1
        }
        progress(done)
        try file.place()
    }

    /// What of a model goes into a file of tensors alone, under its names there.
    static func tensors(of model: Model) -> [StoredTensor] {
        guard let graph = model.graph else {
            // Each name has the tensor's elements, so that a state dictionary made of them is whole.
            return model.tensors.flatMap { stored in stored.names.map { StoredTensor(name: $0, tensor: stored.tensor) } }
        }
        var tensors: [StoredTensor] = []
        gather(graph.sharingEqualInitializers(tensors: model.tensors), model.tensors, into: &tensors)
        return tensors
    }

    /// Appends what a graph and its subgraphs hold, literals left out.
    private static func gather(_ graph: Graph, _ stored: [StoredTensor], into tensors: inout [StoredTensor]) {
        let read = graph.namesRead()
        for (name, index) in graph.initializers.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
        where read.contains(name) && stored.indices.contains(index) {
            tensors.append(StoredTensor(name: name, tensor: stored[index].tensor))
        }
        for node in graph.nodes {
            for (_, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
                if case .tensor(let index) = attribute, stored.indices.contains(index), stored[index].isParameter {
                    tensors.append(stored[index])
                }
            }
            for (_, inner) in node.subgraphs { gather(inner, stored, into: &tensors) }
        }
    }
}
