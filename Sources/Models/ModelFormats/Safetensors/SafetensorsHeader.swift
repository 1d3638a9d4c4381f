import TensorCore

/// The start of a safetensors file that is to be written: where each tensor goes.
///
/// As the format's own library does it, types of wide elements come first, so that every tensor is aligned, and spaces pad
/// the text to a multiple of 8. Otherwise the order stays, for it is that of the layers.
///
///     offset  size  field
///     0       8     n, the size of the JSON text, little-endian
///     8       n     {"__metadata__": {…}, "name": {"dtype": …, "shape": […], "data_offsets": [from, to]}, …}
///     8 + n         the tensors' bytes, without holes
struct SafetensorsHeader {
    struct Item {
        var name: String
        /// As the format names it.
        var type: String
        var dimensions: [Int]
        var bytes: SourceBytes
    }

    /// The size field, the JSON text and its padding.
    let bytes: [UInt8]
    /// In the order of the data.
    let items: [Item]

    /// Bytes of the whole file.
    var fileByteCount: Int { items.reduce(bytes.count) { $0 + $1.bytes.byteCount } }

    /// The order of the data; types of one width as the format's library sorts them.
    private static let order = [
        "U64", "I64", "F64", "C64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "F8_E8M0", "F8_E4M3", "F8_E5M2",
        "I8", "U8", "F6_E3M2", "F6_E2M3", "F4", "BOOL",
    ]

    /// Places the tensors; a name that comes again, or is the metadata's, gets `#2`. `metadata` is the JSON text of the
    /// object `__metadata__`.
    init(_ unordered: [Item], metadata: [UInt8]?) {
        let places = Dictionary(uniqueKeysWithValues: Self.order.enumerated().map { ($1, $0) })
        var taken: Set<String> = ["__metadata__"]
        let named = unordered.map { item in
            var named = item
            var number = 2
            while !taken.insert(named.name).inserted {
                named.name = "\(item.name)#\(number)"
                number += 1
            }
            return named
        }
        let ranks = named.map { places[$0.type] ?? Self.order.count }
        items = named.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { named[$0] }
        var members: [[UInt8]] = metadata.map { [Array("\"__metadata__\":".utf8) + $0] } ?? []
        var offset = 0
        for item in items {
            let end = offset + item.bytes.byteCount
            let shape = item.dimensions.map(String.init).joined(separator: ",")
            let text = "{\"dtype\":\"\(item.type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            members.append(Array("\(item.name.jsonQuoted):\(text)".utf8))
            offset = end
        }
        var text = Array("{".utf8) + members.joined(separator: Array(",".utf8)) + Array("}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }
}

extension String {
    /// The text as a JSON string.
    fileprivate var jsonQuoted: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
