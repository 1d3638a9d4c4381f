/// Which names of a checkpoint stand for one tensor, as files of tensors keep it: a text of the file's metadata under `pare.tied`,
/// with a line for each further name: the name, a tab, and the tensor's own.
public enum TiedNames {
    public static let key = "pare.tied"

    /// The JSON text of a model's metadata, with the names that are tied; nil where there is neither. Names with line breaks
    /// or tabs, which nobody gives, are left out.
    public static func metadata(of model: Model) -> [UInt8]? {
        let fields = model.provenance.fields.first.map { $0.withUnsafeBytes { Array($0) } }
        let lines = model.tensors.flatMap { stored in
            stored.tiedNames.compactMap { isPlain($0) && isPlain(stored.name) ? "\($0)\\t\(stored.name)" : nil }
        }
        guard !lines.isEmpty else { return fields }
        let entry = Array("{\"\(key)\":\"\(lines.joined(separator: "\\n"))\"".utf8)
        guard let fields, let start = fields.firstIndex(of: UInt8(ascii: "{")) else { return entry + [UInt8(ascii: "}")] }
        let rest = fields[(start + 1)...]
        let isEmpty = rest.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "}")
        return entry + (isEmpty ? [] : [UInt8(ascii: ",")]) + rest
    }

    /// Whether a name can stand in a JSON text as it is.
    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
