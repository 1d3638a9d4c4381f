/// What can be typed for a slider: which keys can be part of a value, so that what cannot is never taken for one, nor lost.
struct TypedForm: Sendable {
    /// Words that stand for values.
    let words: [String]
    /// Signs that may follow a number.
    let units: String
    /// Whether a number can be typed, in place of a word.
    let isNumeric: Bool
    /// What can be typed, for the line in which it is.
    let examples: String

    /// A number, perhaps with a unit, or a word in its place.
    static func number(_ examples: String, words: [String] = [], units: String = "") -> TypedForm {
        TypedForm(words: words, units: units, isNumeric: true, examples: examples)
    }

    /// One of a few words.
    static func word(_ words: [String]) -> TypedForm {
        TypedForm(words: words, units: "", isNumeric: false, examples: words.joined(separator: ", "))
    }

    /// Whether a text is a value, or becomes one as it is typed on.
    func mayBecomeValue(_ text: String) -> Bool {
        let text = text.lowercased().drop { $0 == " " }
        if words.contains(where: { $0.lowercased().hasPrefix(text) }) { return true }
        guard isNumeric else { return false }
        // Digits with a point, an exponent, a unit; each part may be missing yet.
        var rest = text.drop { $0.isASCII && $0.isNumber }
        if rest.first == "." { rest = rest.dropFirst().drop { $0.isASCII && $0.isNumber } }
        let hasDigits = rest.startIndex != text.startIndex
        if hasDigits, rest.first == "e" {
            rest = rest.dropFirst()
            if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
            rest = rest.drop { $0.isASCII && $0.isNumber }
        }
        rest = rest.drop { $0 == " " }
        if hasDigits, let unit = rest.first, units.contains(unit) { rest = rest.dropFirst() }
        return rest.allSatisfy { $0 == " " }
    }

    /// Whether a key begins a value without a key before it that says so: a digit, or the first letter of `off`.
    func beginsValue(_ character: Character) -> Bool {
        guard isNumeric else { return false }
        return "0123456789.".contains(character) || character == "o" && words.contains("off")
    }
}

/// Why a typed value was not taken, in words for the status line.
public struct TypedValueError: Error, Hashable, Sendable {
    public let message: String
    public init(_ message: String) { self.message = message }
}
