import Foundation

/// One thing that happens to the explorer.
enum Step: Hashable {
    /// Bytes as a terminal sends them for keys, the mouse and pastes.
    case bytes([UInt8])
    case resize(columns: Int, rows: Int)
    /// Results may come in meanwhile; before, everything happens at once.
    case wait(milliseconds: Int)
}

/// How the explorer is left at the end.
enum Leaving: String, CaseIterable {
    /// Esc, `q`, and `d` where it asks.
    case keys
    case terminate, interrupt
    /// The terminal goes away.
    case hangUp
}

/// A session from its start to its end, as text: one line a step, so that one that failed can be kept and played again.
struct Play {
    /// Files of the material, by name; nil for the start screen.
    var model: String?
    var data: String?
    var recipe: String?
    var steps: [Step] = []
    var leaving = Leaving.keys

    var text: String {
        var lines: [String] = []
        if let model { lines.append("model \(model)") }
        if let data { lines.append("data \(data)") }
        if let recipe { lines.append("recipe \(recipe)") }
        for step in steps {
            switch step {
            case .bytes(let bytes): lines.append("send " + Self.quoted(bytes))
            case .resize(let columns, let rows): lines.append("resize \(columns)x\(rows)")
            case .wait(let milliseconds): lines.append("wait \(milliseconds)")
            }
        }
        return (lines + ["leave \(leaving.rawValue)"]).joined(separator: "\n") + "\n"
    }

    /// Reads what `text` writes; nil where a line is none of its.
    init?(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { return nil }
            switch words[0] {
            case "model": model = words[1]
            case "data": data = words[1]
            case "recipe": recipe = words[1]
            case "send":
                guard let bytes = Self.bytes(words[1]) else { return nil }
                steps.append(.bytes(bytes))
            case "resize":
                let numbers = words[1].split(separator: "x").compactMap { Int($0) }
                guard numbers.count == 2 else { return nil }
                steps.append(.resize(columns: numbers[0], rows: numbers[1]))
            case "wait":
                guard let milliseconds = Int(words[1]) else { return nil }
                steps.append(.wait(milliseconds: milliseconds))
            case "leave":
                guard let how = Leaving(rawValue: words[1]) else { return nil }
                leaving = how
            default: return nil
            }
        }
    }

    init() {}

    /// Printable characters as they are; all others, and the backslash, as `\1b`.
    private static func quoted(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            if (0x21..<0x7F).contains(byte), byte != 0x5C { return String(UnicodeScalar(byte)) }
            return "\\" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.popFirst() {
            guard first == 0x5C else {
                bytes.append(first)
                continue
            }
            guard rest.count >= 2, let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
