import TensorCore

/// The start of a compressed model's file, which is a safetensors file:
///
///     offset  size  field
///     0       8     n, the size of the JSON text, little-endian
///     8       n     {"__metadata__": {…}, "name": {"dtype": …, "shape": […], "data_offsets": [from, to]}, …}, padded
///                   with spaces to a multiple of 8
///     8 + n         the tensors, one after another in the order of the header, without holes
///
/// A compressed layer is a U8 tensor (its entry) under the name of its weights; what else the model stores keeps its type
/// and shape; the graph, where there is one, is the U8 tensor `pare.graph`. Types of wide elements come first, so that
/// every tensor is aligned. `__metadata__` holds `format` (`pare`), `version` (`1`), `recipe`, and `crc32`: eight hex
/// digits for each tensor in the order of the data.
public struct ContainerHeader: Sendable {
    /// The size field, the JSON text and its padding.
    public let bytes: [UInt8]
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
        case graph
    }

    /// Bytes of the whole file.
    public var fileByteCount: Int { bytes.count + (tensors.last?.bytes.upperBound ?? 0) }

    /// A tensor that is to be placed.
    struct Item {
        var name: String
        var elementType: ElementType
        var shape: [Int]
        var byteCount: Int
        var content: Content
    }

    /// Places tensors and writes the header. `checksums`, by position in the data, default to zeros of the same width.
    init(_ items: [Item], recipe: String, checksums: [UInt32]? = nil) {
        let ordered = items.enumerated().sorted {
            ($1.element.elementType.byteCount, $0.offset) < ($0.element.elementType.byteCount, $1.offset)
        }
        var names = Set(["__metadata__"])
        var offset = 0
        tensors = ordered.map { _, item in
            let start = offset
            offset += item.byteCount
            return PlacedTensor(
                name: names.insertUnique(item.name), dataType: item.elementType.safetensorsName, shape: item.shape,
                bytes: start..<offset, content: item.content)
        }
        precondition(checksums == nil || checksums?.count == tensors.count, "one checksum a tensor")
        let digits = tensors.indices.map { (checksums?[$0] ?? 0).hexadecimal }.joined()
        var text = JSONText()
        text.append("{\"__metadata__\":{\"format\":\"pare\",\"version\":\"1\",\"recipe\":")
        text.append(quoting: recipe)
        text.append(",\"crc32\":\"\(digits)\"}")
        for tensor in tensors {
            text.append(",")
            text.append(quoting: tensor.name)
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

    mutating func append(quoting text: String) {
        append("\"")
        for byte in text.utf8 {
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
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension Set<String> {
    /// Inserts a name, followed by `#2`, `#3`, … where it was there before.
    fileprivate mutating func insertUnique(_ name: String) -> String {
        var candidate = name
        var number = 2
        while !insert(candidate).inserted {
            candidate = "\(name)#\(number)"
            number += 1
        }
        return candidate
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
