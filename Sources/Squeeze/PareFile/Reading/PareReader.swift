import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore
import TextFormats

/// Reads `.pare` files, which are not trusted: every length is checked against the file, every checksum before its bytes are used.
public struct PareReader: Sendable {
    /// A tensor of the file.
    struct Item: Sendable {
        enum Kind: UInt8 {
            case entry = 0x65
            case stored = 0x73
            case graph = 0x67
        }

        var name: String
        var kind: Kind
        var tensor: Tensor
        /// Eight hex digits; nil of an empty tensor.
        var checksum: String?
    }

    let file: MappedFile
    /// In the order of the data.
    let items: [Item]
    let opaque: [Provenance.OpaqueTensor]
    /// The checksums of opaque tensors, by place.
    let opaqueChecksums: [String?]
    /// The recipe the model was compressed with, as YAML.
    public let recipe: String
    let originalMetadata: String?

    public var path: String { file.path }
    public var fileByteCount: Int { file.byteCount }

    /// What the JSON text of all versions begins with.
    private static let signature = Array(#"{"__metadata__":{"format":"pare""#.utf8)

    /// Whether a file says that it is one.
    public static func recognizes(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.dropFirst(8).starts(with: signature) }
    }

    public init(path: String) throws(ModelFileError) { try self.init(try ModelFile.map(path)) }

    /// Reads the header, whose checksum must be right.
    public init(_ file: MappedFile) throws(ModelFileError) {
        let path = file.path
        guard file.byteCount > 0 else { throw .empty(path: path) }
        guard Self.recognizes(file) else {
            throw .otherKind(path: path, kind: "no .pare file", remedy: "pare compress writes one.")
        }
        try Self.checkHeader(file)
        let container = try ModelFile.open(file)
        guard let text = container.provenance.fields.first?.withUnsafeBytes({ Array($0) }) else {
            throw .malformed(path: path, place: .field("the header", byte: 8), expected: "metadata", found: "none")
        }
        let metadata: PareMetadata
        do throws(StrictJSON.Fault) {
            metadata = try PareMetadata(text)
        } catch {
            throw .malformed(
                path: path, place: .field("the metadata", byte: 8 + error.position), expected: error.expected, found: error.found)
        }
        let opaque = container.provenance.opaqueTensors
        var tensors: [Tensor] = []
        for stored in container.tensors {
            do throws(UnreadableTensor) { tensors.append(try stored.tensor.read()) } catch {
                throw .malformed(path: path, place: .tensor(stored.name), expected: "stored in the file", found: error.message)
            }
        }
        let storages = tensors.map(\.storage) + opaque.map(\.storage)
        let order = storages.indices.filter { storages[$0].byteCount > 0 }.sorted { storages[$0].offset < storages[$1].offset }
        guard metadata.kinds.count == order.count, metadata.checksums.count == order.count else {
            throw .malformed(
                path: path, place: .field("the metadata", byte: 8), expected: "kinds and checksums of \(order.count) tensors",
                found: "\(metadata.kinds.count) and \(metadata.checksums.count)")
        }
        var places: [Int: Int] = [:]
        for (place, index) in order.enumerated() { places[index] = place }
        var items: [Item] = []
        for (index, stored) in container.tensors.enumerated() {
            var kind = Item.Kind.stored
            if let place = places[index] {
                let letter = metadata.kinds[place]
                guard let known = Item.Kind(rawValue: letter), known == .stored || stored.tensor.elementType == .uint8,
                    (known == .graph) == (stored.name == ContainerContents.graphName)
                else {
                    throw .malformed(
                        path: path, place: .tensor(stored.name), expected: "of a kind that fits its type and name",
                        found: "kind \(letter)")
                }
                kind = known
            }
            items.append(
                Item(name: stored.name, kind: kind, tensor: tensors[index], checksum: places[index].map { metadata.checksums[$0] }))
        }
        self.file = file
        self.items = items
        self.opaque = opaque
        opaqueChecksums = opaque.indices.map { places[container.tensors.count + $0].map { metadata.checksums[$0] } }
        recipe = metadata.recipe
        originalMetadata = metadata.original
    }

    /// Checks what is the same in every file, the size of the header, and its checksum.
    private static func checkHeader(_ file: MappedFile) throws(ModelFileError) {
        let beginning = Array(ContainerHeader.beginning.utf8)
        let size = file.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        let offset = ContainerHeader.checksumOffset
        guard size <= UInt64(file.byteCount - 8), size >= UInt64(beginning.count + 8) else {
            throw .truncated(
                path: file.path, place: .field("header", byte: 8), needed: Int(clamping: size), available: file.byteCount - 8)
        }
        guard file.withUnsafeBytes({ $0.dropFirst(8).starts(with: beginning) }) else {
            throw .unsupported(
                path: file.path, place: .field("the header", byte: 8), what: "is damaged, or of a later version",
                remedy: "This Pare reads version 1.")
        }
        let end = 8 + Int(size)
        let (found, made) = file.withUnsafeBytes { bytes in
            var checksum = Checksum()
            checksum.append(UnsafeRawBufferPointer(rebasing: bytes[..<offset]))
            [UInt8](repeating: UInt8(ascii: "0"), count: 8).withUnsafeBytes { checksum.append($0) }
            checksum.append(UnsafeRawBufferPointer(rebasing: bytes[(offset + 8)..<end]))
            return (String(decoding: bytes[offset..<offset + 8], as: UTF8.self), checksum.value.hexadecimal)
        }
        guard found == made else {
            throw .malformed(
                path: file.path, place: .field("the header", byte: 0), expected: "of checksum \(found)", found: made)
        }
    }
}

extension TensorStorage {
    /// Where mapped bytes begin in their file.
    var offset: Int { if case .mapped(_, let range) = self { range.lowerBound } else { 0 } }
}
