extension Unicode.Scalar {
    /// Columns the character takes: 0 for combining marks, 1, or 2; nil for what must not reach a terminal.
    ///
    /// Controls, line separators and the invisible format characters (bidirectional overrides among them) are nil or 0,
    /// so that a name read from a file can neither move the cursor nor disguise itself.
    public var columns: Int? {
        if value < 0x7F { return value >= 0x20 ? 1 : nil }
        if value < 0xA0 { return nil }
        if value < 0x300 { return value == 0xAD ? 0 : 1 }
        switch value {
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0  // the trailing parts of a Hangul syllable
        case 0x2500...0x259F, 0x2800...0x28FF: return 1  // boxes, blocks and braille: most of what is drawn
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        case .control, .surrogate, .lineSeparator, .paragraphSeparator: return nil
        default: return isWide ? 2 : 1
        }
    }

    /// Whether the character joins the cell before it.
    var isCombiningMark: Bool {
        let category = properties.generalCategory
        // Variation selectors choose between pictures whose widths terminals dispute; they are left out.
        return (category == .nonspacingMark || category == .enclosingMark) && !properties.isVariationSelector
    }

    private var isWide: Bool {
        guard value >= 0x1100 else { return false }
        var low = 0
        var high = wideCharacterRanges.count
        while low < high {
            let middle = (low + high) / 2
            if wideCharacterRanges[middle].last < value { low = middle + 1 } else { high = middle }
        }
        return low < wideCharacterRanges.count && wideCharacterRanges[low].first <= value
    }
}

/// Measuring and shortening text by the columns it takes.
public enum TextWidth {
    /// Columns that `text` takes on one line; what must not reach a terminal counts as the one column of its replacement.
    public static func columns(of text: some StringProtocol) -> Int {
        var total = 0
        for scalar in text.unicodeScalars { total += scalar.columns ?? 1 }
        return total
    }

    /// The longest beginning of `text` that fits `columns`.
    public static func prefix(_ text: some StringProtocol, columns: Int) -> String {
        let scalars = text.unicodeScalars
        var left = columns
        var end = scalars.startIndex
        while end < scalars.endIndex {
            left -= scalars[end].columns ?? 1
            if left < 0 { break }
            scalars.formIndex(after: &end)
        }
        return String(text[..<end])
    }

    /// The longest end of `text` that fits `columns`.
    public static func suffix(_ text: some StringProtocol, columns: Int) -> String {
        let scalars = text.unicodeScalars
        var left = columns
        var start = scalars.endIndex
        while start > scalars.startIndex {
            let before = scalars.index(before: start)
            left -= scalars[before].columns ?? 1
            if left < 0 { break }
            start = before
        }
        while start < scalars.endIndex, scalars[start].columns == 0 { scalars.formIndex(after: &start) }
        return String(text[start...])
    }

    /// Where the text that does not fit is left out.
    public enum Omission: Sendable { case tail, head, middle }

    /// `text` as it is where it fits `columns`, else shortened with `ellipsis` in place of what is left out.
    public static func fit(_ text: String, columns: Int, omitting: Omission = .tail, ellipsis: String = "…") -> String {
        if self.columns(of: text) <= columns { return text }
        let room = columns - self.columns(of: ellipsis)
        guard room >= 0 else { return prefix(text, columns: max(0, columns)) }
        switch omitting {
        case .tail: return prefix(text, columns: room) + ellipsis
        case .head: return ellipsis + suffix(text, columns: room)
        case .middle:
            return prefix(text, columns: (room + 1) / 2) + ellipsis + suffix(text, columns: room / 2)
        }
    }

    /// Lines of at most `columns`, broken at blanks where there are any; a newline starts a line.
    public static func wrap(_ text: String, columns: Int) -> [String] {
        guard columns > 0 else { return [] }
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                var rest = String(word)
                if !line.isEmpty, self.columns(of: line) + 1 + self.columns(of: rest) <= columns {
                    line += " " + rest
                    continue
                }
                if !line.isEmpty { lines.append(line) }
                while self.columns(of: rest) > columns {
                    let head = prefix(rest, columns: columns)
                    if head.isEmpty { break }
                    lines.append(head)
                    rest = String(rest.unicodeScalars.dropFirst(head.unicodeScalars.count))
                }
                line = rest
            }
            lines.append(line)
        }
        return lines
    }
}
