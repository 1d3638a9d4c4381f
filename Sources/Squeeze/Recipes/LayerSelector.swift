/// Which layers a rule is for, as a recipe writes it: a name, or `re:` and a regular expression.
///
/// A pattern matches from the start of a name, as in the field's other recipes; `$` at its end asks for the whole name.
/// A name that itself starts with `re:` or `name:` is written with `name:` before it.
public enum LayerSelector: Sendable, Hashable {
    case name(String)
    case pattern(String)

    /// Reads a selector; any text is one, though its pattern may be no regular expression.
    public init(text: String) {
        if text.hasPrefix("re:") {
            self = .pattern(String(text.dropFirst(3)))
        } else if text.hasPrefix("name:") {
            self = .name(String(text.dropFirst(5)))
        } else {
            self = .name(text)
        }
    }

    /// The selector as a recipe writes it.
    public var text: String {
        switch self {
        case .pattern(let pattern): "re:" + pattern
        case .name(let name): Self.needsPrefix(name) ? "name:" + name : name
        }
    }

    /// Yams loses a byte order mark at the beginning of a text, hence the last case.
    private static func needsPrefix(_ name: String) -> Bool {
        name.hasPrefix("re:") || name.hasPrefix("name:") || name.unicodeScalars.first == "\u{FEFF}"
    }
}

/// A regular expression ready to be compared with many names.
struct NamePattern {
    private let program: PatternProgram

    /// Longest pattern that is compiled.
    static let byteLimit = 1000

    /// Compiles a pattern; throws where it is no regular expression.
    init(_ pattern: String) throws(PatternFault) {
        guard pattern.utf8.count <= Self.byteLimit else {
            throw PatternFault(reason: "longer than \(Self.byteLimit) bytes")
        }
        program = try PatternCompiler.program(of: pattern)
    }

    /// Whether the pattern matches `name` from its start; throws where that takes too long to tell.
    func matches(_ name: String) throws(PatternFault) -> Bool {
        guard let matches = program.matches(name) else { throw PatternFault(reason: "it takes too long to compare with a name") }
        return matches
    }
}

struct PatternFault: Error {
    var reason: String
}
