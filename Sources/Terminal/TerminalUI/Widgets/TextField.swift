/// One line of text being edited.
public struct TextField: Widget, Sendable, Hashable {
    public private(set) var characters: [Character]
    /// Characters before the cursor.
    public private(set) var cursor: Int
    /// Shown while the field is empty.
    public var placeholder: String
    public var isFocused: Bool

    public init(_ text: String = "", placeholder: String = "", isFocused: Bool = true) {
        characters = Array(text)
        cursor = characters.count
        self.placeholder = placeholder
        self.isFocused = isFocused
    }

    public var text: String { String(characters) }

    /// Replaces the text; the cursor goes to its end.
    public mutating func replace(with text: String) {
        characters = Array(text)
        cursor = characters.count
    }

    /// Characters that a line takes: as long as a path may be.
    public static let capacity = 4096

    /// Types text at the cursor; newlines become blanks, other controls are left out, and so is what is beyond the capacity.
    public mutating func insert(_ text: String) {
        let typed = Self.typed(text, room: Self.capacity - characters.count)
        characters.insert(contentsOf: typed, at: cursor)
        cursor += typed.count
    }

    /// What of a text can stand in one line, up to so many characters.
    public static func typed(_ text: some StringProtocol, room: Int) -> [Character] {
        var typed: [Character] = []
        for character in text {
            guard typed.count < room else { break }
            if character.isNewline || character == "\t" {
                typed.append(" ")
            } else if !character.unicodeScalars.contains(where: { $0.columns == nil }) {
                typed.append(character)
            }
        }
        return typed
    }

    /// Edits as shells do; false where the key means nothing to a text field.
    public mutating func handle(_ key: Key) -> Bool {
        if let character = key.text {
            insert(String(character))
            return true
        }
        switch (key.code, key.modifiers) {
        case (.left, []), (.character("b"), .control): cursor = max(0, cursor - 1)
        case (.right, []), (.character("f"), .control): cursor = min(characters.count, cursor + 1)
        case (.left, .control), (.left, .alt), (.character("b"), .alt): cursor = wordStart(before: cursor)
        case (.right, .control), (.right, .alt), (.character("f"), .alt): cursor = wordEnd(after: cursor)
        case (.home, []), (.character("a"), .control): cursor = 0
        case (.end, []), (.character("e"), .control): cursor = characters.count
        case (.backspace, []), (.character("h"), .control): remove(max(0, cursor - 1)..<cursor)
        case (.delete, []), (.character("d"), .control): remove(cursor..<min(characters.count, cursor + 1))
        case (.character("w"), .control), (.backspace, .alt), (.backspace, .control):
            remove(wordStart(before: cursor)..<cursor)
        case (.character("u"), .control): remove(0..<cursor)
        case (.character("k"), .control): remove(cursor..<characters.count)
        default: return false
        }
        return true
    }

    private mutating func remove(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private func wordStart(before index: Int) -> Int {
        var index = index
        while index > 0, !characters[index - 1].isWordPart { index -= 1 }
        while index > 0, characters[index - 1].isWordPart { index -= 1 }
        return index
    }

    private func wordEnd(after index: Int) -> Int {
        var index = index
        while index < characters.count, !characters[index].isWordPart { index += 1 }
        while index < characters.count, characters[index].isWordPart { index += 1 }
        return index
    }

    /// First character shown in `columns` columns: the cursor stays in sight.
    private func firstShown(columns: Int) -> Int {
        var first = cursor
        var width = 0
        while first > 0 {
            width += TextWidth.columns(of: String(characters[first - 1]))
            if width >= columns { break }
            first -= 1
        }
        return first
    }

    /// Moves the cursor to the character at a point.
    public mutating func placeCursor(at point: Point, in area: Rect) {
        var index = firstShown(columns: area.width)
        var x = area.x
        while index < characters.count {
            let width = TextWidth.columns(of: String(characters[index]))
            if x + width > point.x { break }
            x += width
            index += 1
        }
        cursor = index
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        guard !area.isEmpty else { return }
        let row = area.top(1)
        grid.fill(row, style: look[.input])
        if characters.isEmpty {
            grid.write(
                Line(placeholder, look[.dim]), in: row.inset(left: isFocused ? 1 : 0),
                ellipsis: look.glyphs.ellipsis.description)
        }
        let first = firstShown(columns: row.width)
        grid.write(String(characters[first...].prefix(row.width)), at: row.origin, style: look[.input], maxWidth: row.width)
        guard isFocused else { return }
        let x = row.x + TextWidth.columns(of: String(characters[first..<cursor]))
        guard x < row.endX else { return }
        let under = cursor < characters.count ? TextWidth.columns(of: String(characters[cursor])) : 1
        grid.restyle(Rect(x: x, y: row.y, width: max(1, under), height: 1), look[.inputCursor])
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" }
}
