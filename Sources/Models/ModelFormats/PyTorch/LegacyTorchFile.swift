import Basics
import NeuralNetwork
import TensorCore

/// What `torch.save` wrote before PyTorch 1.6: pickles and storages end to end.
///
///     pickle  the magic number 0x1950a86a20f9469cfc6c
///     pickle  the protocol version 1001
///     pickle  a dictionary on the system that wrote it
///     pickle  the objects; a tensor's elements are in the storage of its key
///     pickle  the list of the storages' keys
///     8 bytes count, little-endian │ elements, little-endian     of each storage, in the order of the keys
struct LegacyTorchFile {
    private let file: MappedFile
    /// Where each storage's elements lie.
    private var storages: [String: Range<Int>] = [:]
    private let dictionary: StateDictionary

    /// Little-endian, as a pickle has it.
    private static let magicNumber: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let source = TensorStorage.mapped(file, 0..<file.byteCount)
        let magic = try Pickle(source, path: file.path, entry: "the first pickle")
        guard magic.bytes(magic.root) == Self.magicNumber else {
            throw .unsupported(
                path: file.path, place: .whole, what: "is a pickle that torch.save did not write",
                remedy: "Save the model's state_dict with torch.save.")
        }
        let version = try Pickle(source, from: magic.end, path: file.path, entry: "the protocol version")
        guard version.root == .integer(1001) else {
            throw .unsupported(
                path: file.path, place: .field("the protocol version", byte: magic.end),
                what: "is not 1001, the only one known",
                remedy: "Save the model again with a current torch.save.")
        }
        let system = try Pickle(source, from: version.end, path: file.path, entry: "the system's description")
        let objects = try Pickle(source, from: system.end, path: file.path, entry: "the objects")
        let keys = try Pickle(source, from: objects.end, path: file.path, entry: "the storages' keys")
        dictionary = StateDictionary(objects)
        try findStorages(keys, of: objects)
    }

    private mutating func findStorages(_ keys: Pickle, of objects: Pickle) throws(ModelFileError) {
        guard case .list(let values)? = keys.object(keys.root) else {
            throw .malformed(
                path: file.path, place: .field("the storages' keys", byte: objects.end), expected: "a list",
                found: "another value")
        }
        var described: [String: PickledStorage] = [:]
        for storage in objects.storages {
            if let other = described[storage.key], other.elements != storage.elements || other.count != storage.count {
                throw .malformed(
                    path: file.path, place: .field("the objects", byte: keys.end),
                    expected: "one type and count of storage \(storage.key.quoted)", found: "two")
            }
            described[storage.key] = storage
        }
        var position = keys.end
        for value in values {
            guard let key = keys.text(value), let storage = described[key], storages[key] == nil else {
                throw .malformed(
                    path: file.path, place: .field("the storages' keys", byte: objects.end),
                    expected: "each storage of the objects once", found: keys.text(value)?.quoted ?? "another value")
            }
            guard position <= file.byteCount - 8 else {
                throw .truncated(
                    path: file.path, place: .field("storage \(key.quoted)", byte: position), needed: 8,
                    available: file.byteCount - position)
            }
            let count = file.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Int64.self)) }
            guard count == storage.count else {
                throw .malformed(
                    path: file.path, place: .field("storage \(key.quoted)", byte: position),
                    expected: "of \(storage.count.grouped) elements", found: Int(count).grouped)
            }
            position += 8
            let byteCount = storage.count.saturatingProduct(storage.elements.byteCount)
            guard byteCount <= file.byteCount - position else {
                throw .truncated(
                    path: file.path, place: .field("storage \(key.quoted)", byte: position), needed: byteCount,
                    available: file.byteCount - position)
            }
            storages[key] = position..<position + byteCount
            position += byteCount
        }
    }

    func model() throws(ModelFileError) -> Model {
        let stored = storages.values.reduce(0) { $0 + $1.count }
        // Storages are little-endian whatever the system that wrote them.
        var tensors = PickledTensors(path: file.path, isBigEndian: false, storageByteCount: stored)
        for (name, tensor) in dictionary.tensors {
            try tensors.append(name, tensor, place: tensor.storage.key) { storage throws(ModelFileError) in
                guard let range = storages[storage.key] else {
                    throw .malformed(
                        path: file.path, place: .tensor(name), expected: "stored in the file",
                        found: "no storage \(storage.key.quoted)")
                }
                return .mapped(file, range)
            }
        }
        return try tensors.model(format: "PyTorch, legacy", fileByteCount: file.byteCount, storedByteCount: stored)
    }
}
