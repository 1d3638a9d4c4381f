/// Width-preserving ASCII stand-ins for text that was written in Unicode.
public enum Transliteration {
    private static let table: [Unicode.Scalar: Unicode.Scalar] = {
        let pairs: [(from: String, to: Unicode.Scalar)] = [
            ("→▸▶►❯›»", ">"), ("←◂◀◄❮‹«", "<"), ("↑▴▲⇧", "^"), ("↓▾▼", "v"), ("−–—‒―─╌┄━╸╺╴╶", "-"), ("│┃┊┆╎╷╵╻╹", "|"),
            ("×✕✗✘☒", "x"), ("·•∙", "."), ("…", "."), ("≈", "~"), ("≥", ">"), ("≤", "<"), ("≠", "!"), ("●◉★", "*"),
            ("○◌◯☐", "o"), ("◆◇", "*"), ("☑✓✔", "+"), ("◐◓◑◒", "%"), ("σ", "s"), ("µμ", "u"), ("Δ∆", "D"), ("λ", "l"),
            ("‘’‛′", "'"), ("“”„″", "\""), ("█▉▊▓", "#"), ("▋▌▒", "="), ("▍▎▏░", ":"), ("▀", "\""), ("▄▃▂▁", "."),
            ("▅▆▇", "#"), ("√", "V"), ("∑Σ", "S"), ("²", "2"), ("³", "3"), ("∞", "8"), ("⏎↵", "<"),
            ("\u{A0}\u{202F}\u{2009}", " "),
        ]
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for pair in pairs { for scalar in pair.from.unicodeScalars { table[scalar] = pair.to } }
        return table
    }()

    /// The ASCII character that stands for `scalar`.
    public static func ascii(for scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return scalar }
        if let known = table[scalar] { return known }
        if let arms = BoxArms(scalar) { return arms.glyph(ascii: true).base }
        if (0x2800...0x28FF).contains(scalar.value) {
            let dots = (scalar.value & 0xFF).nonzeroBitCount
            return dots == 0 ? " " : dots < 3 ? "." : dots < 6 ? ":" : "#"
        }
        // An accented Latin letter keeps its base letter.
        if let base = String(scalar).decomposedBase, base.isASCII { return base }
        return "?"
    }
}

extension String {
    fileprivate var decomposedBase: Unicode.Scalar? {
        guard let scalar = unicodeScalars.first else { return nil }
        // U+00C0…U+017E in the order of the code points; "?" where there is no base letter.
        let letters = Array(
            ("AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"
                + "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSs"
                + "TtTtTtUuUuUuUuUuUuWwYyYZzZzZz").unicodeScalars)
        let index = Int(scalar.value) - 0xC0
        return letters.indices.contains(index) ? letters[index] : nil
    }
}

extension CellGrid {
    /// The same picture in ASCII only, cell for cell.
    public func asciified() -> CellGrid {
        var result = self
        for index in cells.indices where !(cells[index].glyph.base.isASCII && !cells[index].glyph.hasMarks) {
            let cell = cells[index]
            if cell.width == 2 {
                result.cells[index] = Cell("?", cell.style)
                if index + 1 < cells.count, cells[index + 1].width == 0 { result.cells[index + 1] = Cell("?", cell.style) }
            } else if cell.width == 1 {
                result.cells[index].glyph = Glyph(Transliteration.ascii(for: cell.glyph.base))
            }
        }
        return result
    }
}
