extension Key: CustomStringConvertible {
    private static let names: [(name: String, code: Code)] = [
        ("up", .up), ("down", .down), ("left", .left), ("right", .right), ("home", .home), ("end", .end),
        ("pageup", .pageUp), ("pagedown", .pageDown), ("tab", .tab), ("backtab", .backTab), ("enter", .enter),
        ("esc", .escape), ("backspace", .backspace), ("delete", .delete), ("insert", .insert),
        ("space", .character(" ")),
    ]
    private static let otherNames: [(name: String, code: Code)] = [
        ("return", .enter), ("cr", .enter), ("escape", .escape), ("bs", .backspace), ("del", .delete), ("ins", .insert),
        ("pgup", .pageUp), ("pgdn", .pageDown), ("pgdown", .pageDown), ("minus", .character("-")),
        ("plus", .character("+")), ("less", .character("<")), ("greater", .character(">")), ("lt", .character("<")),
        ("gt", .character(">")), ("comma", .character(",")),
    ]
    private static let modifierNames: [(name: String, modifier: Modifiers)] = [
        ("ctrl", .control), ("alt", .alt), ("shift", .shift),
    ]

    /// Reads one key: "H", "space", "ctrl-p", "shift-left", "f5", "<enter>", "^P"; nil for anything else.
    public init?(parsing text: String) {
        if text.count > 2, text.hasPrefix("<"), text.hasSuffix(">") {
            self.init(parsing: String(text.dropFirst().dropLast()))
            return
        }
        if text.count == 1, let character = text.first {
            self.init(.character(character))
            return
        }
        if text.count == 2, text.first == "^", let character = text.last {
            self.init(.character(Character(character.lowercased())), .control)
            return
        }
        var modifiers: Modifiers = []
        var rest = Substring(text)
        while let (name, modifier) = Self.modifier(at: rest) {
            modifiers.insert(modifier)
            rest = rest.dropFirst(name.count + 1)
        }
        guard let code = Self.code(named: String(rest)) else { return nil }
        self.init(code, modifiers)
        normalize()
    }

    private static func modifier(at text: Substring) -> (name: String, modifier: Modifiers)? {
        let lower = text.lowercased()
        for (name, modifier) in modifierNames + [("c", .control), ("a", .alt), ("m", .alt), ("s", .shift)] {
            // "ctrl--" is control with the minus sign: something must follow the dash.
            if lower.hasPrefix(name + "-"), lower.count > name.count + 1 { return (name, modifier) }
        }
        return nil
    }

    private static func code(named name: String) -> Code? {
        if name.count == 1, let character = name.first { return .character(character) }
        let lower = name.lowercased()
        if let known = (names + otherNames).first(where: { $0.name == lower }) { return known.code }
        if lower.first == "f", let number = Int(lower.dropFirst()), (1...20).contains(number) { return .function(number) }
        return nil
    }

    /// One spelling a key: shift with a letter is the capital, control takes the small letter, shift-tab is back-tab.
    private mutating func normalize() {
        if case .character(let character) = code {
            if modifiers.contains(.control) {
                code = .character(Character(character.lowercased()))
            } else if modifiers.contains(.shift), character.isLetter {
                code = .character(Character(character.uppercased()))
                modifiers.remove(.shift)
            }
        } else if code == .tab, modifiers.contains(.shift) {
            code = .backTab
            modifiers.remove(.shift)
        }
    }

    /// The key's name, which `init(parsing:)` reads back: "ctrl-p", "space", "H", "shift-left", "f5".
    public var description: String {
        var text = ""
        for (name, modifier) in Self.modifierNames where modifiers.contains(modifier) { text += name + "-" }
        switch code {
        case .character(let character) where character != " ": text.append(character)
        case .function(let number): text += "f\(number)"
        default: text += Self.names.first { $0.code == code }?.name ?? "?"
        }
        return text
    }

    /// The key as a footer shows it: "^P", "Space", "←", "H".
    public func label(_ glyphs: GlyphSet) -> String {
        var text = ""
        if modifiers.contains(.alt) { text += "Alt-" }
        if modifiers.contains(.shift) { text += glyphs.shift }
        if modifiers.contains(.control) { text += "^" }
        switch code {
        case .character(" "): return text + "Space"
        case .character(let character):
            return text + (modifiers.contains(.control) ? character.uppercased() : String(character))
        case .up: return text + glyphs.arrowUp.description
        case .down: return text + glyphs.arrowDown.description
        case .left: return text + glyphs.arrowLeft.description
        case .right: return text + glyphs.arrowRight.description
        case .pageUp: return text + "PgUp"
        case .pageDown: return text + "PgDn"
        case .backTab: return text + glyphs.shift + "Tab"
        case .function(let number): return text + "F\(number)"
        default: return text + description(of: code).capitalizedFirst
        }
    }

    private func description(of code: Code) -> String { Key(code).description }

    /// Reads a script of keys separated by blanks: "j j space ctrl-p", with `text` in quotes typed letter by letter.
    public static func sequence(parsing text: String) throws(KeyScriptError) -> [Key] {
        var keys: [Key] = []
        var position = 0
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
                position += 1
                continue
            }
            if first == "\"" || first == "'", let end = rest.dropFirst().firstIndex(of: first) {
                let typed = rest[rest.index(after: rest.startIndex)..<end]
                keys += typed.map { .character($0) }
                position += typed.count + 2
                rest = rest[rest.index(after: end)...]
                continue
            }
            let word = rest.prefix { !$0.isWhitespace }
            guard let key = Key(parsing: String(word)) else {
                throw KeyScriptError(word: String(word), position: position)
            }
            keys.append(key)
            position += word.count
            rest = rest.dropFirst(word.count)
        }
        return keys
    }
}

/// A word in a script of keys that names no key.
public struct KeyScriptError: Error, Hashable, CustomStringConvertible {
    public let word: String
    /// Characters before the word.
    public let position: Int

    public var description: String {
        "“\(word)” at character \(position + 1) is no key; keys are named like H, space, enter, ctrl-p, f5"
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
