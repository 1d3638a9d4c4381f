import FoundationEssentials

/// JSON as the command line prints it. A number that is not finite, which JSON has no word for, is the text `Infinity`,
/// `-Infinity` or `NaN`.
public enum JSONText {
    /// Pretty-printed with sorted keys, so that two runs can be compared line by line.
    public static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
