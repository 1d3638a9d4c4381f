import ArrayFiles
import Basics
import NeuralNetwork
import TensorCore

/// Writes a model's tensors as the archive that `numpy.savez` makes, one at a time; of a model with a graph, those its nodes
/// read. bfloat16, which NumPy does not know, becomes float32, which holds all its numbers.
struct NPZWriter {
    private struct Item {
        var name: String
        var header: [UInt8]
        var bytes: SourceBytes
    }

    private var items: [Item] = []
    private static let suffix = ".npy"

    /// `path` is the one that failures name.
    init(_ model: Model, path: String) throws(ModelWriteError) {
        if let opaque = model.provenance.opaqueTensors.first, model.graph == nil {
            throw .inexpressible(
                path: path, place: "tensor \(opaque.name.quoted)", what: "is of type \(opaque.type), which NumPy does not have")
        }
        var names: Set<String> = []
        for stored in SafetensorsWriter.tensors(of: model) {
            var tensor = stored.tensor
            if tensor.elementType == .bfloat16 { tensor = tensor.widened }
            guard let header = NPYHeader.bytes(of: tensor.elementType, shape: tensor.shape) else {
                throw .inexpressible(
                    path: path, place: "tensor \(stored.name.quoted)",
                    what: "is of type \(tensor.elementType), which NumPy does not have")
            }
            var name = stored.name
            var number = 2
            while !names.insert(name).inserted {
                name = "\(stored.name)#\(number)"
                number += 1
            }
            guard name.utf8.count <= ZIPRecords.nameLimit - Self.suffix.count, !name.utf8.contains(0) else {
                throw .inexpressible(
                    path: path, place: "tensor \(stored.name.quoted)", what: "has a name that a ZIP archive cannot hold")
            }
            items.append(Item(name: name + Self.suffix, header: header, bytes: tensor.bytes))
        }
    }

    /// Replaces the file at `path`.
    func write(
        to path: String, cancellation: CancellationToken?, progress: ProgressSink = { _ in }
    ) throws(ModelWriteError) {
        var file = try ModelWriting(path: path, cancellation: cancellation)
        var records = ZIPRecords()
        var offset = 0
        var done = WorkProgress(byteCount: items.reduce(0) { $0 + $1.bytes.byteCount }, count: items.count)
        for item in items {
            let byteCount = item.header.count + item.bytes.byteCount
            let record = records.begin(item.name, byteCount: byteCount, at: offset)
            // Deferred bytes are worked out once, for the checksum and the file.
            let storage = try file.read(item.bytes)
            var checksum = ZIPChecksum()
            item.header.withUnsafeBytes { checksum.append($0) }
            storage.withUnsafeBytes { checksum.append($0) }
            try file.append(record)
            try file.append(item.header)
            try file.append(.stored(storage)) { byteCount in
                done.doneByteCount += byteCount
                progress(done)
            }
            done.doneCount += 1
            let (bytes, place) = records.end(checksum: checksum.value)
            try file.overwrite(bytes, at: place)
            offset += record.count + byteCount
        }
        try file.append(records.directory(at: offset))
        try file.place()
    }
}

extension TensorSource {
    /// The same numbers as float32, worked out whenever they are read.
    fileprivate var widened: TensorSource {
        let original = self
        return TensorSource(
            shape: shape, elementType: .float32,
            deferred: DeferredBytes(byteCount: count * 4, isKept: false) { try original.floats().withUnsafeBytes { Array($0) } })
    }
}
