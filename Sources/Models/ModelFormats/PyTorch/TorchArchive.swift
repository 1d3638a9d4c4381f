import ArrayFiles
import Basics
import NeuralNetwork
import TensorCore

/// What `torch.save` writes since PyTorch 1.6, and `torch.jit.save`: a ZIP archive below one folder.
///
///     name/data.pkl        the objects; a tensor's elements are in the storage of its key
///     name/data/0 …        storages, stored as they are at multiples of 64 bytes
///     name/byteorder       "little" or "big"; little where it is missing
///     name/constants.pkl   of TorchScript: a tuple of the code's constants, with storages name/constants/0 …
///     name/code/…          of TorchScript: never read
struct TorchArchive {
    private let file: MappedFile
    private let archive: ZIPArchive
    /// The folder with its slash.
    private let prefix: String

    private static let objects = "data.pkl"
    /// Inflated bytes that an archive may take beside many times its own size; weights deflate by a tenth or so.
    private static let freeInflation = 1 << 28
    private static let greatestInflation = 32
    private static let pickleLimit = 1 << 28

    /// Nil where the archive has no `data.pkl`.
    init?(_ file: MappedFile, _ archive: ZIPArchive) {
        let suffix = Self.objects
        guard let name = archive.names.first(where: { $0 == suffix || $0.hasSuffix("/" + suffix) }) else { return nil }
        self.file = file
        self.archive = archive
        prefix = String(name.dropLast(suffix.count))
    }

    /// Refuses an archive whose members would inflate to far more than it is.
    static func checkInflation(of archive: ZIPArchive, _ file: MappedFile) throws(ModelFileError) {
        guard archive.inflatedByteCount <= max(freeInflation, file.byteCount.saturatingProduct(greatestInflation)) else {
            throw .unsupported(
                path: file.path, place: .whole,
                what: "would inflate to \(archive.inflatedByteCount.grouped) bytes, far more than weights do",
                remedy: "Get the model from somebody you trust.")
        }
    }

    private var isScript: Bool {
        archive.byteCount(of: prefix + "constants.pkl") != nil || archive.names.contains { $0.hasPrefix(prefix + "code/") }
    }

    func model() throws(ModelFileError) -> Model {
        try Self.checkInflation(of: archive, file)
        var isBigEndian = false
        if let count = archive.byteCount(of: prefix + "byteorder"), count <= 16 {
            isBigEndian = try content(prefix + "byteorder").withUnsafeBytes { $0.elementsEqual("big".utf8) }
        }
        var cache: [String: TensorStorage] = [:]
        let storages = archive.names.filter { $0.hasPrefix(prefix + "data/") || $0.hasPrefix(prefix + "constants/") }
        var tensors = PickledTensors(
            path: file.path, isBigEndian: isBigEndian,
            storageByteCount: storages.reduce(0) { $0 + (archive.byteCount(of: $1) ?? 0) })
        let dictionary = StateDictionary(try pickle(Self.objects))
        for (name, tensor) in dictionary.tensors {
            try append(name, tensor, from: "data/", to: &tensors, &cache)
        }
        if isScript, archive.byteCount(of: prefix + "constants.pkl") != nil {
            for (name, tensor) in StateDictionary(constants: try pickle("constants.pkl"), name: "constants").tensors {
                try append(name, tensor, from: "constants/", to: &tensors, &cache)
            }
        }
        return try tensors.model(
            format: isScript ? "TorchScript" : "PyTorch, zip", fileByteCount: file.byteCount,
            storedByteCount: storages.reduce(0) { $0 + (archive.storedByteCount(of: $1) ?? 0) })
    }

    private func append(
        _ name: String, _ tensor: PickledTensor, from folder: String, to tensors: inout PickledTensors,
        _ cache: inout [String: TensorStorage]
    ) throws(ModelFileError) {
        try tensors.append(name, tensor, place: folder + tensor.storage.key) { storage throws(ModelFileError) in
            let member = prefix + folder + storage.key
            if let known = cache[member] { return known }
            guard archive.byteCount(of: member) != nil else {
                throw .malformed(
                    path: file.path, place: .tensor(name), expected: "stored in the archive",
                    found: "no member \(member.quoted)")
            }
            let content = try content(member)
            cache[member] = content
            return content
        }
    }

    private func pickle(_ name: String) throws(ModelFileError) -> Pickle {
        guard archive.byteCount(of: prefix + name) ?? 0 <= Self.pickleLimit else {
            throw .unsupported(
                path: file.path, place: .whole, what: "has a \(name) of more than \(Self.pickleLimit.grouped) bytes",
                remedy: "Save the model's state_dict alone.")
        }
        return try Pickle(try content(prefix + name), path: file.path, entry: name)
    }

    private func content(_ member: String) throws(ModelFileError) -> TensorStorage {
        do throws(ArrayFileError) {
            return try archive.content(of: member)
        } catch { throw ModelFileError(error, path: file.path) }
    }
}

extension ModelFileError {
    /// A fault of an archive or array, which names the file itself.
    init(_ error: ArrayFileError, path: String) {
        let message = error.message
        let fault = message.hasPrefix(path) ? String(message.dropFirst(path.count)) : ": \(message)"
        self = .container(path: path, fault: fault)
    }
}

extension Int {
    /// The product, or the greatest number where it is beyond that.
    func saturatingProduct(_ factor: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? Int.max : product
    }
}
