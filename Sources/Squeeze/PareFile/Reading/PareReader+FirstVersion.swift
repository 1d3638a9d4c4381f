import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore
import TextFormats

/// Files of the first version, which are read for ever: safetensors files whose tensors are the entries, with a checksum for each in
/// `__metadata__`.
extension PareReader {
    /// What the JSON text of the first version begins with; the header's checksum follows.
    static let firstBeginning = #"{"__metadata__":{"format":"pare","version":"1","header_crc32":""#

    static func isOfFirstVersion(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.dropFirst(8).starts(with: #"{"__metadata__":{"format":"pare""#.utf8) }
    }

    private enum Kind: UInt8 {
        case entry = 0x65
        case stored = 0x73
        case graph = 0x67
    }

    /// Reads the header, whose checksum must be right.
    static func firstVersion(_ file: MappedFile) throws(ModelFileError) -> PareReader {
        let path = file.path
        try checkHeader(file)
        let container = try ModelFile.open(file)
        guard let text = container.provenance.fields.first?.withUnsafeBytes({ Array($0) }) else {
            throw .malformed(path: path, place: .field("the header", byte: 8), expected: "metadata", found: "none")
        }
        let metadata: FirstVersionMetadata
        do throws(StrictJSON.Fault) {
            metadata = try FirstVersionMetadata(text)
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
        func checksum(_ index: Int) throws(ModelFileError) -> UInt32? {
            guard let place = places[index] else { return nil }
            let digits = metadata.checksums[place]
            guard let value = UInt32(digits, radix: 16), value.hexadecimal == digits else {
                throw .malformed(path: path, place: .field("the metadata", byte: 8), expected: "checksums of eight digits", found: digits)
            }
            return value
        }
        var items: [Item] = []
        var graph: GraphPart?
        // The header lists them in the order of the model.
        for (index, stored) in container.tensors.enumerated() {
            var kind = Kind.stored
            if let place = places[index] {
                let letter = metadata.kinds[place]
                guard let known = Kind(rawValue: letter), known == .stored || stored.tensor.elementType == .uint8,
                    (known == .graph) == (stored.name == "pare.graph")
                else {
                    throw .malformed(
                        path: path, place: .tensor(stored.name), expected: "of a kind that fits its type and name",
                        found: "kind \(printable("\(letter)"))")
                }
                kind = known
            }
            let checksum = try checksum(index)
            switch kind {
            case .entry: items.append(Item(name: stored.name, kind: .entry(nil, nil), tensor: tensors[index], checksum: checksum))
            case .stored: items.append(Item(name: stored.name, kind: .stored, tensor: tensors[index], checksum: checksum))
            case .graph:
                guard case .mapped(_, let range) = tensors[index].storage, let checksum else { continue }
                graph = GraphPart(message: MappedFile(part: range, of: file), checksum: checksum)
            }
        }
        let opaqueParts = try opaque.enumerated().map { index, tensor throws(ModelFileError) in
            (tensor: tensor, checksum: try checksum(container.tensors.count + index))
        }
        return PareReader(
            file: file, items: items, opaque: opaqueParts, graph: graph, recipe: metadata.recipe, originalMetadata: metadata.original)
    }

    /// Checks what is the same in every file, the size of the header, and its checksum.
    private static func checkHeader(_ file: MappedFile) throws(ModelFileError) {
        let beginning = Array(firstBeginning.utf8)
        let size = file.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        let offset = 8 + beginning.count
        guard size <= UInt64(file.byteCount - 8), size >= UInt64(beginning.count + 8) else {
            throw .truncated(
                path: file.path, place: .field("header", byte: 8), needed: Int(clamping: size), available: file.byteCount - 8)
        }
        guard file.withUnsafeBytes({ $0.dropFirst(8).starts(with: beginning) }) else {
            throw .unsupported(
                path: file.path, place: .field("the header", byte: 8), what: "is damaged, or of a later version",
                remedy: "This Pare reads versions 1 and 2.")
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
                path: file.path, place: .field("the header", byte: 0), expected: "of checksum \(printable(found))", found: made)
        }
    }
}
