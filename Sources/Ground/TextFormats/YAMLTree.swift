import Yams

/// A YAML document as people write settings in it: text, lists and mappings with their places, no tags, anchors or aliases.
public struct YAMLTree {
    public indirect enum Content {
        /// `isQuoted` tells the text "1" from the number 1.
        case text(String, isQuoted: Bool)
        case list([YAMLTree])
        case mapping([(key: YAMLTree, value: YAMLTree)])
    }

    public var content: Content
    public var place: TextPlace

    /// What an error says was found.
    public var found: String {
        switch content {
        case .text(let text, let isQuoted):
            isQuoted ? "the text \"\(printable(text))\"" : text.isEmpty ? "nothing" : quoted(text)
        case .list: "a list"
        case .mapping: "keys with values"
        }
    }

    /// Whether nothing is written, or YAML's words for nothing.
    public var isNull: Bool {
        if case .text(let text, isQuoted: false) = content {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }

    /// Unquoted text.
    public var word: String? {
        if case .text(let text, isQuoted: false) = content { text } else { nil }
    }

    /// Text, quoted or not.
    public var text: String? {
        if case .text(let text, _) = content { text } else { nil }
    }
}

extension YAMLTree {
    /// Settings nest four levels deep; this is where reading stops.
    private static let depthLimit = 16

    /// Reads the one document of `source`; nil where it holds none.
    ///
    /// Aliases could make a small file mean a huge tree, and Yams expands them while it reads. An anchor is an `&` where
    /// a value begins, so every `&` is handed to Yams as another character: within a text it is put back, and where a
    /// text begins with it there was an anchor.
    public static func read(_ source: String) throws(YAMLError) -> YAMLTree? {
        let hasAmpersand = source.utf8.contains(UInt8(ascii: "&"))
        let standIn = hasAmpersand ? unusedScalar(in: source) : nil
        var shown = source
        if let standIn {
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: source.unicodeScalars.lazy.map { $0 == "&" ? standIn : $0 })
            shown = String(scalars)
        }
        let root: Node?
        do {
            root = try Parser(yaml: shown, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw YAMLError(error)
        } catch {
            throw YAMLError(fault: .notYAML(problem: "\(error)"))
        }
        guard let root else { return nil }
        return try YAMLTree(root, standIn: standIn, depth: 0)
    }

    /// A private-use character, one of 6,400, that the text does not hold.
    private static func unusedScalar(in source: String) -> Unicode.Scalar? {
        let used = Set(source.unicodeScalars)
        return (0xE000...0xF8FF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init).first { !used.contains($0) }
    }

    private init(_ node: Node, standIn: Unicode.Scalar?, depth: Int) throws(YAMLError) {
        place = node.mark.map(TextPlace.init) ?? TextPlace(line: 1, column: 1)
        guard depth < Self.depthLimit else { throw YAMLError(place: place, fault: .nestedTooDeeply) }
        switch node {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain && scalar.style != .any
            var text = scalar.string
            if let standIn, text.unicodeScalars.contains(standIn) {
                if !isQuoted, text.unicodeScalars.first == standIn {
                    throw YAMLError(place: place, fault: .anchorsOrAliases)
                }
                var scalars = String.UnicodeScalarView()
                scalars.append(contentsOf: text.unicodeScalars.lazy.map { $0 == standIn ? "&" : $0 })
                text = String(scalars)
            }
            content = .text(text, isQuoted: isQuoted)
        case .sequence(let sequence):
            var items: [YAMLTree] = []
            for item in sequence { items.append(try YAMLTree(item, standIn: standIn, depth: depth + 1)) }
            content = .list(items)
        case .mapping(let mapping):
            var pairs: [(key: YAMLTree, value: YAMLTree)] = []
            for (key, value) in mapping {
                pairs.append(
                    (
                        try YAMLTree(key, standIn: standIn, depth: depth + 1),
                        try YAMLTree(value, standIn: standIn, depth: depth + 1)
                    ))
            }
            content = .mapping(pairs)
        case .alias:
            throw YAMLError(place: place, fault: .anchorsOrAliases)
        }
    }
}

extension YAMLError {
    /// What Yams found wrong, with its place and without the excerpt it adds over several lines.
    fileprivate init(_ error: YamlError) {
        switch error {
        case .composer(_, "found undefined alias", let mark, _):
            self.init(place: TextPlace(mark), fault: .anchorsOrAliases)
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { $0.text + ": " } ?? ""
            self.init(place: TextPlace(mark), fault: .notYAML(problem: context + problem))
        case .reader(let problem, let offset, _, let yaml):
            let place = offset.map { offset in
                let before = yaml.prefix(offset).unicodeScalars
                let line = before.split(separator: "\n", omittingEmptySubsequences: false)
                return TextPlace(line: line.count, column: (line.last?.count ?? 0) + 1)
            }
            self.init(place: place, fault: .notYAML(problem: problem))
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(place: TextPlace(context.mark), fault: .duplicateKey(duplicates.first ?? ""))
        default:
            self.init(fault: .notYAML(problem: "\(error)"))
        }
    }
}

extension TextPlace {
    fileprivate init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}
