import Basics
import NeuralNetwork
import TensorCore

/// A GGUF file of version 2 or 3, as llama.cpp writes it:
///
///     G G U F │ version, u32 │ tensors, u64 │ metadata, u64 │ metadata: key, type, value … │
///     tensors: name, u32 rank, u64 extents, the innermost first, u32 type, u64 offset … │ padding │ data
///
/// Offsets count from the data's beginning, and are multiples of `general.alignment`, 32 where it is not said. Quantized
/// tensors are left out; the model's format names them.
struct GGUFFile {
    private let file: MappedFile
    private let version: UInt32
    private(set) var tensors: [StoredTensor] = []
    private var payloadByteCount = 0
    /// How many tensors of each type are left out.
    private var leftOut: [String: Int] = [:]

    private static let signature = Array("GGUF".utf8)
    private static let defaultAlignment = 32
    /// ggml's own limit is 4.
    private static let rankLimit = 8
    private static let alignmentKey = "general.alignment"

    private struct Entry {
        var name: String
        var shape: Shape
        var type: UInt32
        var offset: UInt64
    }

    static func recognizes(_ file: MappedFile) -> Bool { file.withUnsafeBytes { $0.starts(with: signature) } }

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let (version, entries, start) = try file.withUnsafeBytes { bytes throws(ModelFileError) in
            var fields = GGUFFields(bytes, path: file.path)
            return try Self.header(&fields)
        }
        self.version = version
        try store(entries, from: start)
        guard !tensors.isEmpty else {
            let what = leftOut.isEmpty ? "is a GGUF file without tensors" : "holds quantized tensors alone (\(leftOutWords))"
            throw .unsupported(
                path: file.path, place: .whole, what: what, remedy: "Get the model in F32, F16 or BF16, before it was quantized.")
        }
    }

    // MARK: Header

    private static func header(
        _ fields: inout GGUFFields
    ) throws(ModelFileError) -> (version: UInt32, entries: [Entry], start: Int) {
        let path = fields.path
        _ = try fields.number("the signature", as: UInt32.self)
        let version = try fields.number("the version", as: UInt32.self)
        guard version == 2 || version == 3 else {
            let isSwapped = version.byteSwapped < 16
            throw .unsupported(
                path: path, place: .field("the version", byte: 4), what: isSwapped ? "is big-endian" : "is \(version)",
                remedy: "Pare reads little-endian GGUF of versions 2 and 3; convert the file with llama.cpp's scripts.")
        }
        // A tensor's name, rank, type and offset take 24 bytes; a key and its type 12, its value one.
        let tensorCount = try fields.count("the number of tensors", of: 24)
        let keyCount = try fields.count("the number of keys", of: 13)
        var alignment = Self.defaultAlignment
        for _ in 0..<keyCount {
            let key = try fields.name("a key")
            let place = fields.position
            let type = try fields.number("a value's type", as: UInt32.self)
            guard key == alignmentKey else {
                try fields.skipValue(of: type)
                continue
            }
            let value = type == 4 ? Int(try fields.number("the alignment", as: UInt32.self)) : 0
            guard value >= 8, value % 8 == 0, value <= 1 << 24 else {
                throw .malformed(
                    path: path, place: .field("the alignment", byte: place), expected: "a multiple of 8",
                    found: type == 4 ? "\(value)" : "type \(type)")
            }
            alignment = value
        }
        var entries: [Entry] = []
        var names: Set<String> = []
        for _ in 0..<tensorCount {
            let place = fields.position
            let entry = try entry(&fields)
            guard names.insert(entry.name).inserted else {
                throw .malformed(
                    path: path, place: .field("a tensor", byte: place), expected: "of a name of its own",
                    found: "\(entry.name.quoted) again")
            }
            guard entry.offset % UInt64(alignment) == 0 else {
                throw .malformed(
                    path: path, place: .tensor(entry.name), expected: "at a multiple of \(alignment)", found: "\(entry.offset)")
            }
            entries.append(entry)
        }
        let start = (fields.position + alignment - 1) / alignment * alignment
        return (version, entries, start)
    }

    private static func entry(_ fields: inout GGUFFields) throws(ModelFileError) -> Entry {
        let name = try fields.name("a tensor's name")
        let place = fields.position
        let rank = try fields.number("a tensor's rank", as: UInt32.self)
        guard rank <= rankLimit else {
            throw .malformed(path: fields.path, place: .field("a tensor's rank", byte: place), expected: "at most \(rankLimit)", found: "\(rank)")
        }
        var extents: [Int] = []
        for _ in 0..<rank { extents.append(Int(clamping: try fields.number("a tensor's extent", as: UInt64.self))) }
        guard let shape = Shape(checking: extents.reversed()), shape.count < 1 << 58 else {
            throw .malformed(
                path: fields.path, place: .tensor(name), expected: "of a possible shape", found: "\(extents)")
        }
        let type = try fields.number("a tensor's type", as: UInt32.self)
        return Entry(name: name, shape: shape, type: type, offset: try fields.number("a tensor's offset", as: UInt64.self))
    }

    // MARK: Tensors

    /// Checks that the tensors lie in the file and apart from each other, and stores views of those that Pare reads.
    private mutating func store(_ entries: [Entry], from start: Int) throws(ModelFileError) {
        var occupied: [(range: Range<Int>, name: String)] = []
        for entry in entries {
            guard let type = GGUFType.known[entry.type] else {
                leftOut["type \(entry.type)", default: 0] += 1
                continue
            }
            guard let byteCount = type.byteCount(of: entry.shape) else {
                throw .malformed(
                    path: file.path, place: .tensor(entry.name), expected: "of whole blocks of \(type.blockCount)",
                    found: entry.shape.description)
            }
            let available = max(0, file.byteCount - start)
            guard entry.offset <= UInt64(available), byteCount <= available - Int(entry.offset) else {
                throw .truncated(
                    path: file.path, place: .tensor(entry.name), needed: byteCount,
                    available: max(0, available - Int(clamping: entry.offset)))
            }
            let range = start + Int(entry.offset)..<start + Int(entry.offset) + byteCount
            if byteCount > 0 { occupied.append((range, entry.name)) }
            guard let elementType = type.elementType else {
                leftOut[type.name, default: 0] += 1
                continue
            }
            payloadByteCount += byteCount
            let storage: TensorStorage = byteCount > 0 ? .mapped(file, range) : .owned([])
            tensors.append(
                StoredTensor(name: entry.name, tensor: Tensor(shape: entry.shape, elementType: elementType, storage: storage)))
        }
        occupied.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (first, second) in zip(occupied, occupied.dropFirst()) where first.range.upperBound > second.range.lowerBound {
            throw .malformed(
                path: file.path, place: .tensor(second.name), expected: "behind tensor \(first.name.quoted)", found: "overlapping it")
        }
    }

    private var leftOutWords: String {
        leftOut.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    func model() -> Model {
        Model(
            weightsOnly: tensors, name: ModelFile.name(of: file.path),
            format: "GGUF, version \(version)" + (leftOut.isEmpty ? "" : ", without \(leftOutWords)"),
            fileByteCount: file.byteCount, payloadByteCount: payloadByteCount, provenance: Provenance())
    }
}
