import TextFormats

extension RecipeError: CustomStringConvertible {
    public var description: String { message }

    /// One line: the file, what is wrong, the line, and how to mend it.
    public var message: String {
        let (what, hint) = fault.words
        var line = path.map { "\($0.isEmpty ? quoted($0) : printable($0)): " } ?? ""
        line += what
        if let place {
            line += fault.pointsAtColumn ? " (line \(place.line), column \(place.column))" : " (line \(place.line))"
        }
        if let hint { line += "; \(hint)" }
        return line
    }
}

extension RecipeFault {
    var pointsAtColumn: Bool {
        switch self {
        case .notYAML, .anchorsOrAliases, .nestedTooDeeply: true
        default: false
        }
    }

    var words: (what: String, hint: String?) {
        switch self {
        case .cannotRead(let reason): ("cannot be read: \(reason)", nil)
        case .cannotWrite(let reason): ("cannot be written: \(reason)", nil)
        case .tooLarge(let limit): ("larger than \(limit >> 10) KiB, too large for a recipe", nil)
        case .notUTF8(let offset): ("not UTF-8 text: byte \(offset) fits no character", nil)
        case .empty: ("the recipe is empty", "it starts with pare: 1")
        case .notYAML(let problem): ("not YAML: \(printable(problem, limit: 200))", nil)
        case .anchorsOrAliases:
            ("recipes have no anchors (&) and aliases (*)", "write the values out, or put a name that starts so in quotes")
        case .nestedTooDeeply: ("nested more deeply than any recipe", nil)
        case .duplicateKey(let key): ("\(quoted(key)) is given twice", "keep one of them")
        case .unknownKey(let key, let section, let known):
            (
                "unknown key \(quoted(key)) in \(section)",
                nearestName(to: key, among: known).map { "did you mean \($0)?" } ?? "known \(known.count == 1 ? "is" : "are") \(listed(known, "and"))"
            )
        case .unsupportedVersion(let found): ("a recipe of version \(quoted(found)), of which this Pare reads only 1", nil)
        case .unexpected(let field, let expected, let found): ("\(field) must be \(expected), found \(found)", nil)
        case .badPattern(let pattern, let reason):
            ("\(quoted("re:" + pattern)) is no regular expression: \(printable(reason, limit: 200))", nil)
        case .unknownLayer(let name, let model, let nearest):
            (
                "no layer \(quoted(name)) in \(printable(model))",
                name.contains("*")
                    ? "a pattern starts with re:" : nearest.map { "did you mean \(quoted($0))?" }
            )
        case .unknownOperation(let name, let model, let nearest):
            (
                "no operator \(quoted(name)) in \(printable(model))",
                nearest.map { "did you mean \(quoted($0))?" }
            )
        case .unmatchedPattern(let pattern, let model, let nearest):
            (
                "\(quoted("re:" + pattern)) matches no layer of \(printable(model))",
                nearest.map { "the nearest name is \(quoted($0))" }
            )
        case .noClusters(let layer):
            ("share of layer \(quoted(layer)) has no clusters", "say how many, or share: none")
        }
    }
}
