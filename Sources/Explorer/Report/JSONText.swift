import FoundationEssentials

/// JSON as the command line prints it.
public enum JSONText {
    /// Pretty-printed with sorted keys, so that two runs can be compared line by line.
    public static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
