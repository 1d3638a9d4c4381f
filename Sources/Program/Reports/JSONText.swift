import FoundationEssentials

/// JSON as the command line prints it. A number that is not finite, which JSON has no word for, is the text `Infinity`,
/// `-Infinity` or `NaN`.
public enum JSONText {
    /// The same with `warnings` among its keys, where there are any; `value` is an object.
    public static func of(_ value: some Encodable, warnings: [String]) throws -> String {
        try of(Warned(value: value, warnings: warnings))
    }

    private struct Warned<Value: Encodable>: Encodable {
        enum Key: String, CodingKey { case warnings }

        var value: Value
        var warnings: [String]

        func encode(to encoder: any Encoder) throws {
            try value.encode(to: encoder)
            guard !warnings.isEmpty else { return }
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(warnings, forKey: .warnings)
        }
    }

    /// Pretty-printed with sorted keys, so that two runs can be compared line by line.
    public static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
