import CNcurses
import Glibc
import TerminalUI

/// What the environment says of the terminal.
enum Environment {
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Sets the locale's character set; true where it is UTF-8.
    ///
    /// Only LC_CTYPE: a locale's decimal comma must not reach numbers that are written to files.
    static func adoptCharacterSet() -> Bool {
        let adopted = setlocale(LC_CTYPE, "") != nil
        if !adopted, let wanted = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") {
            // A locale that was not generated is common in containers; its name still tells the character set.
            let name = wanted.lowercased()
            if name.hasSuffix("utf-8") || name.hasSuffix("utf8") { setlocale(LC_CTYPE, "C.UTF-8") }
        }
        guard let codeset = nl_langinfo(Int32(CODESET)) else { return false }
        return String(cString: codeset) == "UTF-8"
    }

    /// NO_COLOR forbids colours (no-color.org); COLORTERM promises 24 bits.
    static var forbidsColor: Bool { variable("NO_COLOR") != nil }
    static var promisesTrueColor: Bool {
        let value = variable("COLORTERM")?.lowercased()
        return value == "truecolor" || value == "24bit"
    }

    /// The depth that a terminfo entry's number of colours stands for.
    static func depth(colors: Int) -> ColorDepth {
        switch colors {
        case 0x100_0000...: .trueColor
        case 256...: .colors256
        case 16...: .colors16
        case 8...: .colors8
        default: .mono
        }
    }

    /// The terminal's own key sequences from its terminfo entry.
    static func keySequences() -> [[UInt8]: Key] {
        var table: [(capability: String, key: Key)] = [
            ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
            ("kpp", .pageUp), ("knp", .pageDown), ("kbs", .backspace), ("kdch1", .delete), ("kich1", .insert),
            ("kcbt", .backTab), ("kent", .enter), ("kri", .shiftUp), ("kind", .shiftDown), ("kLFT", .shiftLeft),
            ("kRIT", .shiftRight),
        ]
        for number in 1...12 { table.append(("kf\(number)", .function(number))) }
        var sequences: [[UInt8]: Key] = [:]
        for (capability, key) in table {
            guard let value = pare_capability(capability) else { continue }
            sequences[Array(String(cString: value).utf8)] = key
        }
        return sequences
    }

    /// A string capability without its padding ("$<5>"), "" where the terminal has none.
    static func capability(_ name: String) -> String {
        guard let value = pare_capability(name) else { return "" }
        var text = String(cString: value)
        while let start = text.range(of: "$<"), let end = text[start.upperBound...].firstIndex(of: ">") {
            text.removeSubrange(start.lowerBound...end)
        }
        return text
    }
}

extension String {
    /// The first place of `part`.
    fileprivate func range(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
