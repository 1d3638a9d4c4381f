import Yams

extension Node {
    /// A word or number of the recipe's own, never in quotes.
    static func word(_ word: String) -> Node { .scalar(.init(word, Tag(.str, .basic), .plain)) }

    /// The shortest digits that read back as the same number, in a form that YAML 1.1 takes for a number too: an
    /// exponent needs a point before it.
    static func number(_ number: Double) -> Node {
        var digits = "\(number)"
        if let exponent = digits.firstIndex(of: "e"), !digits[..<exponent].contains(".") {
            digits.insert(contentsOf: ".0", at: exponent)
        }
        return .word(digits)
    }

    /// A name or path, in quotes where a reader could take it for anything else.
    static func text(_ text: String) -> Node {
        // Only double quotes have escapes; the others fold a line break and leave it to the reader to guess.
        let style: Scalar.Style = needsEscapes(text) ? .doubleQuoted : looksLikeValue(text) ? .singleQuoted : .plain
        return .scalar(.init(text, Tag(.str, .basic), style))
    }

    private static func needsEscapes(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }

    static func mapping(_ pairs: [(String, Node)], in style: Mapping.Style) -> Node {
        .mapping(.init(pairs.map { (.text($0.0), $0.1) }, Tag(.map, .basic), style))
    }

    /// Whether YAML 1.1 or 1.2 takes the bare text for a number, a date, a truth value, nothing or a merge.
    ///
    /// Some texts that only resemble numbers are among them. The emitter itself quotes what would not be plain text.
    private static func looksLikeValue(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return true }
        let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", ".inf", ".nan"]
        if words.contains(text.lowercased()) { return true }
        guard "0123456789+-.".unicodeScalars.contains(first) else { return false }
        // `3x3` is no number anywhere, but 0x3 is.
        let isHexadecimal = text.contains("0x") || text.contains("0X")
        let parts = isHexadecimal ? "0123456789abcdefABCDEFxX_+-" : "0123456789eEinfINFoO_+-.:tTzZ "
        return text.unicodeScalars.allSatisfy { parts.unicodeScalars.contains($0) }
    }
}
