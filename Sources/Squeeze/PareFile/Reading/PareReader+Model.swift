import Basics
import Compression
import ModelFormats
import NeuralNetwork
import Structure
import TensorCore
import TextFormats

extension PareReader {
    /// Looks at every checksum and decodes every layer, one at a time.
    public func verify(progress: ProgressSink = { _ in }) throws(ModelFileError) {
        var done = WorkProgress(byteCount: items.reduce(0) { $0 + $1.tensor.byteCount }, count: items.count)
        if let graph { try check("pare.graph", Checksum.of(graph.message), graph.checksum) }
        for item in items {
            progress(done)
            if let checksum = item.checksum { try check(item.name, Checksum.of(item.tensor.storage), checksum) }
            if case .entry = item.kind { try checkEntry(item) }
            item.tensor.storage.release()
            done.doneByteCount += item.tensor.byteCount
            done.doneCount += 1
        }
        progress(done)
        for (tensor, checksum) in opaque {
            if let checksum { try check(tensor.name, Checksum.of(tensor.storage), checksum) }
        }
        _ = try model()
    }

    private func check(_ name: String, _ made: UInt32, _ checksum: UInt32) throws(ModelFileError) {
        guard made == checksum else {
            throw .malformed(path: path, place: .tensor(name), expected: "of checksum \(checksum.hexadecimal)", found: made.hexadecimal)
        }
    }

    /// Decodes an entry and keeps nothing: whatever shape it says takes no memory.
    private func checkEntry(_ item: Item) throws(ModelFileError) {
        _ = try description(of: item)
        do throws(StreamError) {
            try DecodedLayer.check(item.tensor.storage.withUnsafeBytes { Array($0) })
        } catch {
            throw Self.undecodable(item, path, error.words)
        }
    }

    private static func undecodable(_ item: Item, _ path: String, _ found: String) -> ModelFileError {
        .malformed(path: path, place: .tensor(item.name), expected: "an entry that can be decoded", found: found)
    }

    /// The model, whose layers are decoded when they are read; `isKept` keeps what was read.
    ///
    /// Where the file was not verified, or changed since, reading a layer that cannot be decoded throws.
    public func model(isKept: Bool = true) throws(ModelFileError) -> Model {
        var tensors: [StoredTensor] = []
        var structureByteCount = file.byteCount
        for item in items {
            switch item.kind {
            case .stored: tensors.append(StoredTensor(name: item.name, tensor: item.tensor))
            case .entry: tensors.append(StoredTensor(name: item.name, tensor: try deferred(item, isKept: isKept)))
            }
            // What was decoded as the file was read took fewer bytes there.
            structureByteCount -= min(structureByteCount, item.tensor.byteCount)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let graph else {
            let fields = originalMetadata.map { [TensorStorage.owned(Array($0.utf8))] } ?? []
            return Model(
                weightsOnly: tensors, name: name, format: "Pare", fileByteCount: file.byteCount,
                payloadByteCount: file.byteCount - structureByteCount,
                provenance: Provenance(fields: fields, opaqueTensors: opaque.map(\.tensor)))
        }
        let named = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        var model = try ReadONNXStructure(graph.message).model(tensors: named)
        model.format = "Pare, \(model.format)"
        model.fileByteCount = file.byteCount
        model.structureByteCount = structureByteCount
        model.provenance.recipe = recipe
        return model
    }

    /// A layer of which nothing is left takes a few bytes, whatever its size, so a file says nothing of what it may decode to. What
    /// Pare wrote it reads again where one layer fits in the machine's memory, which is taken when the layer is read.
    private static let largestLayer = Machine.memoryByteCount

    /// What an entry says of itself, before memory is taken for its weights.
    private func description(of item: Item) throws(ModelFileError) -> EntryDescription {
        let prefix = item.tensor.storage.withUnsafeBytes { Array($0.prefix(EntryDescription.prefixByteCount)) }
        let description: EntryDescription
        do throws(StreamError) {
            description = try EntryDescription(of: prefix)
        } catch {
            throw .malformed(path: path, place: .tensor(item.name), expected: "an entry", found: error.words)
        }
        if case .entry(let shape?, let type?) = item.kind, description.shape != shape || description.elementType != type {
            throw .malformed(
                path: path, place: .tensor(item.name), expected: "\(shape) of \(type.rawValue)",
                found: "\(description.shape) of \(description.elementType.rawValue)")
        }
        let byteCount = description.shape.count * description.elementType.byteCount
        guard byteCount <= Self.largestLayer else {
            throw .unsupported(
                path: path, place: .tensor(item.name), what: "decodes to \(byteCount) bytes, more than this machine has memory",
                remedy: "Read the file on a larger one.")
        }
        return description
    }

    private func deferred(_ item: Item, isKept: Bool) throws(ModelFileError) -> TensorSource {
        let description = try description(of: item)
        let byteCount = description.shape.count * description.elementType.byteCount
        let bytes = DeferredBytes(byteCount: byteCount, isKept: isKept) { [path] in
            let values: Tensor
            do throws(StreamError) { values = try item.decoded() } catch { throw Self.undecodable(item, path, error.words) }
            guard values.byteCount == byteCount else { throw Self.undecodable(item, path, "one of \(values.byteCount) bytes") }
            if case .owned(let bytes) = values.storage { return bytes }
            return values.storage.withUnsafeBytes { Array($0) }
        }
        return TensorSource(shape: description.shape, elementType: description.elementType, deferred: bytes)
    }

    /// Opens a model of any format Pare reads; a `.pare` file is verified first.
    public static func openModel(path: String) throws(ModelFileError) -> Model {
        let file = try ModelFile.map(path)
        guard recognizes(file) else { return try ModelFile.open(file) }
        let reader = try PareReader(file)
        try reader.verify()
        return try reader.model()
    }
}

extension PareReader.Item {
    /// The values of an entry in the element type of their source.
    func decoded() throws(StreamError) -> Tensor {
        let layer = try DecodedLayer(decoding: tensor.storage.withUnsafeBytes { Array($0) })
        guard layer.values.elementType != layer.elementType else { return layer.values }
        return Tensor(
            shape: layer.values.shape, elementType: layer.elementType,
            storage: .owned(layer.elementType.encode(layer.values.floats())))
    }
}

extension StreamError {
    /// The fault in words.
    var words: String {
        switch self {
        case .truncated(let part, let offset, let expected, let found):
            "\(found) of \(expected) in \(part.rawValue) at byte \(offset) of the entry"
        case .invalid(let part, let offset, let found): "\(found) in \(part.rawValue) at byte \(offset) of the entry"
        case .unsupportedVersion(let version): "version \(version)"
        case .shapeMismatch(let expected, let found): "shape \(found) in the place of \(expected)"
        case .trailingBytes(let offset, let count): "\(count) bytes behind its end at byte \(offset)"
        }
    }
}
