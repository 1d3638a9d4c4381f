import NeuralNetwork
import TensorCore

/// The start of a compressed model's file, which is a safetensors file:
///
///     offset  size  field
///     0       8     n, the size of the JSON text, little-endian
///     8       n     {"__metadata__": {…}, "name": {"dtype": …, "shape": […], "data_offsets": [from, to]}, …}, padded
///                   with spaces to a multiple of 8
///     8 + n         the tensors, one after another in the order of their offsets, without holes
///
/// A compressed layer is a U8 tensor (its entry, see `EntryHeader`) under the name of its weights; what else the model
/// stores keeps its type and shape; the graph, where there is one, is the U8 tensor `pare.graph`: an ONNX model that names
/// the tensors around it (see `ONNXStructure`). In the data, types of wide elements come first, so that every tensor is
/// aligned; in the JSON text, tensors have the order of the model.
///
/// `__metadata__` comes first, and holds, all of them texts and in this order:
///
/// - `format`: `pare`
/// - `version`: `1`
/// - `header_crc32`: eight lower-case hex digits, the CRC-32 of the first 8 + n bytes of the file with zeros for these digits.
///   What is before them is the same in every file, so they are bytes 71…78.
/// - `recipe`: the recipe as YAML
/// - `kinds`: one letter for each tensor that is not empty, in the order of the data: `e` an entry, `s` stored, `g` the graph
/// - `crc32`: eight lower-case hex digits for each of the same tensors, the CRC-32 of its bytes
/// - `metadata`: the JSON text of the original's `__metadata__`, where the model came from a safetensors file that has one, or of names that are tied (`TiedNames`)
///
/// CRC-32 is that of zlib, gzip and PNG (polynomial 0x04C11DB7, reflected, initial value and final exclusive-or 0xFFFFFFFF).
public struct ContainerHeader: Sendable {
    /// The size field, the JSON text and its padding; checksums are zeros.
    private let bytes: [UInt8]
    /// Where the tensors' checksums begin.
    private let checksumsOffset: Int
    /// The tensors in the order of the data, each with its offset behind the header.
    public let tensors: [PlacedTensor]

    /// A tensor of the file.
    public struct PlacedTensor: Sendable, Hashable {
        public var name: String
        public var dataType: String
        public var shape: [Int]
        public var bytes: Range<Int>
        /// Where the bytes come from.
        public var content: Content
    }

    /// What a tensor of the file holds.
    public enum Content: Sendable, Hashable {
        /// The entry of a compressed layer, by index in `Model.tensors`.
        case entry(Int)
        /// A tensor as it was stored, by index in `Model.tensors`.
        case stored(Int)
        /// A tensor of a type Pare does not hold, by index in `Provenance.opaqueTensors`.
        case opaque(Int)
        case graph

        /// The letter in `kinds`.
        var kind: String {
            switch self {
            case .entry: "e"
            case .stored, .opaque: "s"
            case .graph: "g"
            }
        }
    }

    /// The JSON text of every file begins so; the header's checksum follows.
    public static let beginning = #"{"__metadata__":{"format":"pare","version":"1","header_crc32":""#
    /// Where the eight digits of the header's checksum begin.
    public static let checksumOffset = 8 + beginning.utf8.count

    public var byteCount: Int { bytes.count }

    /// Bytes of the whole file.
    public var fileByteCount: Int { bytes.count + (tensors.last?.bytes.upperBound ?? 0) }

    /// The header with the checksums of the tensors that are not empty, in their order; `checksum` makes that of bytes.
    public func bytes(checksums: [UInt32], checksum: ([UInt8]) -> UInt32) -> [UInt8] {
        precondition(checksums.count == tensors.count { !$0.bytes.isEmpty }, "one checksum a tensor")
        var bytes = bytes
        let digits = Array(checksums.map(\.hexadecimal).joined().utf8)
        bytes.replaceSubrange(checksumsOffset..<checksumsOffset + digits.count, with: digits)
        let own = Array(checksum(bytes).hexadecimal.utf8)
        bytes.replaceSubrange(Self.checksumOffset..<Self.checksumOffset + own.count, with: own)
        return bytes
    }

    /// A tensor that is to be placed.
    private struct Item {
        var name: String
        var dataType: String
        /// Bytes of an element, which say where it goes.
        var width: Int
        var shape: [Int]
        var byteCount: Int
        var content: Content

        init(_ name: String, bytes byteCount: Int, _ content: Content) {
            self.init(name, "U8", width: 1, shape: [byteCount], byteCount, content)
        }

        init(_ name: String, _ dataType: String, width: Int, shape: [Int], _ byteCount: Int, _ content: Content) {
            self.name = name
            self.dataType = dataType
            self.width = width
            self.shape = shape
            self.byteCount = byteCount
            self.content = content
        }
    }

    /// The header of a model's file. `entryByteCounts` are the sizes of the layers' entries in the order of
    /// `model.layers`, nil for a layer that is stored as it came.
    public init(model: Model, contents: ContainerContents, entryByteCounts: [Int?], recipe: String) {
        var entries: [Int: Int] = [:]
        for (layer, byteCount) in zip(model.layers, entryByteCounts) {
            guard let byteCount, entries[layer.weight] == nil else { continue }
            entries[layer.weight] = byteCount
        }
        var items = contents.tensors.map { index in
            let tensor = model.tensors[index].tensor
            let name = contents.names[index]
            if let byteCount = entries[index] { return Item(name, bytes: byteCount, .entry(index)) }
            let type = tensor.elementType
            return Item(
                name, type.safetensorsName, width: type.byteCount, shape: tensor.shape.dimensions, tensor.byteCount,
                .stored(index))
        }
        var metadata: [UInt8]?
        if let byteCount = contents.graphByteCount {
            items.append(Item(ContainerContents.graphName, bytes: byteCount, .graph))
        } else {
            var taken = Set(contents.names).union(["__metadata__", ContainerContents.graphName])
            for (index, opaque) in model.provenance.opaqueTensors.enumerated() {
                items.append(
                    Item(
                        taken.insertUnique(opaque.name), opaque.type, width: opaque.type == "C64" ? 8 : 1,
                        shape: opaque.dimensions, opaque.storage.byteCount, .opaque(index)))
            }
            metadata = TiedNames.metadata(of: model)
        }
        self.init(items, recipe: recipe, metadata: metadata)
    }

    /// Places tensors and writes the header.
    private init(_ items: [Item], recipe: String, metadata: [UInt8]?) {
        var offset = 0
        let order = items.indices.sorted { (items[$1].width, $0) < (items[$0].width, $1) }
        tensors = order.map {
            let item = items[$0]
            let start = offset
            offset += item.byteCount
            return PlacedTensor(
                name: item.name, dataType: item.dataType, shape: item.shape, bytes: start..<offset, content: item.content)
        }
        let filled = tensors.filter { !$0.bytes.isEmpty }
        var text = JSONText()
        text.append(Self.beginning)
        text.append("00000000\",\"recipe\":")
        text.append(quoting: recipe.utf8)
        text.append(",\"kinds\":\"\(filled.map(\.content.kind).joined())\",\"crc32\":\"")
        checksumsOffset = 8 + text.bytes.count
        text.append("\(String(repeating: "0", count: 8 * filled.count))\"")
        if let metadata {
            text.append(",\"metadata\":")
            text.append(quoting: metadata)
        }
        text.append("}")
        for (_, tensor) in zip(order, tensors).sorted(by: { $0.0 < $1.0 }) {
            text.append(",")
            text.append(quoting: tensor.name.utf8)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            text.append(":{\"dtype\":\"\(tensor.dataType)\",\"shape\":[\(shape)],")
            text.append("\"data_offsets\":[\(tensor.bytes.lowerBound),\(tensor.bytes.upperBound)]}")
        }
        text.append("}")
        while text.bytes.count % 8 != 0 { text.append(" ") }
        bytes = (0..<8).map { UInt8(truncatingIfNeeded: text.bytes.count >> ($0 * 8)) } + text.bytes
    }
}

/// JSON text as UTF-8.
private struct JSONText {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends UTF-8 as a string.
    mutating func append(quoting text: some Sequence<UInt8>) {
        append("\"")
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case 0..<0x20, 0x7f: append("\\u00" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16))
            default: bytes.append(byte)
            }
        }
        append("\"")
    }
}

extension UInt32 {
    /// Eight hex digits.
    public var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension ElementType {
    /// The type's name in a safetensors header.
    var safetensorsName: String {
        switch self {
        case .float64: "F64"
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .float8e4m3: "F8_E4M3"
        case .float8e5m2: "F8_E5M2"
        case .int64: "I64"
        case .int32: "I32"
        case .int16: "I16"
        case .int8: "I8"
        case .uint64: "U64"
        case .uint32: "U32"
        case .uint16: "U16"
        case .uint8: "U8"
        case .boolean: "BOOL"
        }
    }
}
