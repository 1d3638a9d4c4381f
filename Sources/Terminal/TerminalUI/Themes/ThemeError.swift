/// Why a theme could not be read; lines count from 1.
public enum ThemeError: Error, Hashable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case syntax(file: String, line: Int, reason: String)
    case unknownKey(file: String, line: Int, key: String)
    case unknownRole(file: String, line: Int, role: String, nearest: String?)
    case badColor(file: String, line: Int, place: String, word: String)
    case wrongType(file: String, line: Int, place: String, expected: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .syntax(let file, let line, let reason): "\(file):\(line): \(shown(reason, limit: 200))"
        case .unknownKey(let file, let line, let key):
            "\(file):\(line): unknown key “\(shown(key))”; a theme has name, appearance, palette, styles and map"
        case .unknownRole(let file, let line, let role, let nearest):
            "\(file):\(line): unknown role “\(shown(role))”" + (nearest.map { "; did you mean “\($0)”?" } ?? "")
        case .badColor(let file, let line, let place, let word):
            "\(file):\(line): “\(shown(word))” in \(shown(place)) is neither #rrggbb, a name of the palette, “terminal” nor an attribute"
        case .wrongType(let file, let line, let place, let expected):
            "\(file):\(line): \(shown(place)) must be \(expected)"
        }
    }

    /// A text from the file as a line of a message holds it: control characters escaped, the end of a long one left out.
    private func shown(_ text: String, limit: Int = 60) -> String {
        let scalars = text.unicodeScalars.prefix(limit).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }
        return scalars.joined() + (text.unicodeScalars.count > limit ? "…" : "")
    }
}
