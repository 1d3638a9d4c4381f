import Glibc
import Yams

extension Theme {
    /// Reads a theme from YAML as `themes/README.md` describes it; `file` is what errors call it.
    public init(yaml: String, file: String) throws(ThemeError) {
        self = try ThemeDecoder(file: file).theme(from: yaml)
    }

    /// Reads a theme from the file at `path`.
    public init(path: String) throws(ThemeError) {
        guard let handle = fopen(path, "rb") else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        // A theme is a page of text: what is longer is another file taken for one.
        while bytes.count <= 1 << 20 {
            let count = fread(&buffer, 1, buffer.count, handle)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard ferror(handle) == 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        guard bytes.count <= 1 << 20 else { throw .unreadable(file: path, reason: "larger than 1 MB, so no theme") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(file: path, reason: "not UTF-8 text")
        }
        try self.init(yaml: text, file: path)
    }
}

/// Strict reading of one theme file.
private struct ThemeDecoder {
    let file: String
    /// Stands in for &; a private-use character, so that no theme has it.
    private static let ampersand: Unicode.Scalar = "\u{F8E6}"

    func theme(from yaml: String) throws(ThemeError) -> Theme {
        let root: Node?
        do {
            // Aliases make a small file mean a huge tree, which is compared key by key: without anchors there are none. An
            // anchor is an & before a value; as another character, it is part of the value.
            root = try Yams.compose(yaml: yaml.replacing("&", by: Self.ampersand))
        } catch let error as YamlError {
            throw .syntax(file: file, line: error.lineNumber, reason: error.reason)
        } catch {
            throw .syntax(file: file, line: 1, reason: "\(error)")
        }
        guard let root, case .mapping(let top) = root else {
            throw .wrongType(file: file, line: 1, place: "the file", expected: "a mapping with name, palette and styles")
        }
        var name: String?
        var isDark: Bool?
        var palette: [String: RGB] = [:]
        var styleNode: Node?
        var mapNode: Node?
        for (key, value) in top {
            switch key.string {
            case "name": name = try text(value, "name")
            case "appearance":
                switch try text(value, "appearance") {
                case "dark": isDark = true
                case "light": isDark = false
                default: throw .wrongType(file: file, line: line(value), place: "appearance", expected: "dark or light")
                }
            case "palette": palette = try colors(value)
            case "styles": styleNode = value
            case "map": mapNode = value
            default: throw .unknownKey(file: file, line: line(key), key: key.string ?? "")
            }
        }
        var styles: [Role: Style] = [:]
        if let styleNode { styles = try roles(styleNode, palette) }
        let map = try mapNode.map { node throws(ThemeError) in try gradient(node, palette) } ?? []
        let guessed = styles[.text].map { isDarker($0) } ?? true
        return Theme(name: name ?? stem, isDark: isDark ?? guessed, styles: styles, map: map)
    }

    private func isDarker(_ style: Style) -> Bool {
        guard let front = style.foreground.rgb, let back = style.background.rgb else { return true }
        return back.luminance < front.luminance
    }

    private var stem: String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        return last.hasSuffix(".yaml") ? String(last.dropLast(5)) : last
    }

    private func line(_ node: Node) -> Int { node.mark?.line ?? 1 }

    private func text(_ node: Node, _ place: String) throws(ThemeError) -> String {
        guard case .scalar(let scalar) = node else {
            throw .wrongType(file: file, line: line(node), place: place, expected: "a word")
        }
        return scalar.string.replacing(Self.ampersand, by: "&")
    }

    private func colors(_ node: Node) throws(ThemeError) -> [String: RGB] {
        guard case .mapping(let mapping) = node else {
            throw .wrongType(file: file, line: line(node), place: "palette", expected: "a mapping of names to #rrggbb")
        }
        var palette: [String: RGB] = [:]
        let reserved = Attributes.named.map(\.name) + ["on", "terminal"]
        for (key, value) in mapping {
            let name = try text(key, "a palette name")
            if reserved.contains(name) || name.contains(" ") || name.hasPrefix("#") {
                throw .wrongType(
                    file: file, line: line(key), place: "palette name “\(name)”", expected: "one word that styles do not use")
            }
            let word = try text(value, "palette “\(name)”")
            guard let color = RGB(text: word) else {
                throw .badColor(file: file, line: line(value), place: "palette “\(name)”", word: word)
            }
            palette[name] = color
        }
        return palette
    }

    private func roles(_ node: Node, _ palette: [String: RGB]) throws(ThemeError) -> [Role: Style] {
        guard case .mapping(let mapping) = node else {
            throw .wrongType(file: file, line: line(node), place: "styles", expected: "a mapping of roles to styles")
        }
        var styles: [Role: Style] = [:]
        for (key, value) in mapping {
            let name = try text(key, "a role")
            guard let role = Role(rawValue: name) else {
                let names = Role.allCases.map(\.rawValue)
                let nearest = names.min { FuzzyMatcher.editDistance($0, name) < FuzzyMatcher.editDistance($1, name) }
                let close = nearest.flatMap { FuzzyMatcher.editDistance($0, name) <= 3 ? $0 : nil }
                throw .unknownRole(file: file, line: line(key), role: name, nearest: close)
            }
            styles[role] = try style(try text(value, "role “\(name)”"), name, line(value), palette)
        }
        return styles
    }

    /// "bold snow on night": attributes and a foreground in any order, a background after "on".
    private func style(_ words: String, _ role: String, _ line: Int, _ palette: [String: RGB]) throws(ThemeError) -> Style {
        var style = Style.inherited
        var isBackground = false
        for word in words.split(whereSeparator: \.isWhitespace).map(String.init) {
            if word == "on" {
                isBackground = true
                continue
            }
            if !isBackground, let attribute = Attributes.named.first(where: { $0.name == word })?.attribute {
                style.attributes.insert(attribute)
                continue
            }
            let color: Color
            if word == "terminal" {
                color = .terminal
            } else if let rgb = palette[word] ?? RGB(text: word) {
                color = .rgb(rgb)
            } else {
                throw .badColor(file: file, line: line, place: "role “\(role)”", word: word)
            }
            if isBackground { style.background = color } else { style.foreground = color }
            isBackground = false
        }
        return style
    }

    private func gradient(_ node: Node, _ palette: [String: RGB]) throws(ThemeError) -> [RGB] {
        guard case .sequence(let sequence) = node, sequence.count >= 2 else {
            throw .wrongType(file: file, line: line(node), place: "map", expected: "a list of two colours or more")
        }
        var colors: [RGB] = []
        for item in sequence {
            let word = try text(item, "map")
            guard let color = palette[word] ?? RGB(text: word) else {
                throw .badColor(file: file, line: line(item), place: "map", word: word)
            }
            colors.append(color)
        }
        return colors
    }
}

extension String {
    fileprivate func replacing(_ scalar: Unicode.Scalar, by other: Unicode.Scalar) -> String {
        guard unicodeScalars.contains(scalar) else { return self }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: unicodeScalars.lazy.map { $0 == scalar ? other : $0 })
        return String(scalars)
    }
}

extension YamlError {
    fileprivate var lineNumber: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 1
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let duplicates, _):
            "the key “\(duplicates.first ?? "")” stands twice"
        default: "\(self)"
        }
    }
}
