import TextFormats

/// The `__metadata__` of a file of the first version.
struct FirstVersionMetadata {
    var recipe = ""
    /// One letter a tensor that is not empty.
    var kinds: [UInt8] = []
    /// The checksums' digits, eight for each of the same tensors.
    var checksums: [String] = []
    /// The JSON text of the original's `__metadata__`.
    var original: String?

    /// Reads the JSON text of the object.
    init(_ text: [UInt8]) throws(StrictJSON.Fault) {
        var digits = ""
        var original: String?
        var recipe = ""
        var kinds = ""
        var seen: Set<String> = []
        try text.withUnsafeBufferPointer { bytes throws(StrictJSON.Fault) in
            var json = StrictJSON(UnsafeRawBufferPointer(bytes))
            try json.object(
                { (json, key) throws(StrictJSON.Fault) in
                    guard seen.insert(key).inserted else {
                        throw StrictJSON.Fault(position: json.position, expected: "each key once", found: "\(printable(key)) again")
                    }
                    let value = try json.string()
                    switch key {
                    case "recipe": recipe = value
                    case "kinds": kinds = value
                    case "crc32": digits = value
                    case "metadata": original = value
                    default: break
                    }
                }, wrapping: { $0 })
        }
        self.recipe = recipe
        self.kinds = Array(kinds.utf8)
        self.original = original
        let bytes = Array(digits.utf8)
        checksums = stride(from: 0, to: bytes.count, by: 8).map { String(decoding: bytes[$0..<min($0 + 8, bytes.count)], as: UTF8.self) }
    }
}
