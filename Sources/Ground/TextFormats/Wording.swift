/// `a`, `a and b`, `a, b and c`.
public func listed(_ words: [String], _ conjunction: String) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}

/// A name as a message shows it: bare where that is clear, in quotes where it holds spaces, quotes or nothing.
public func quoted(_ name: String) -> String {
    let shown = printable(name)
    let isClear = !name.isEmpty && !name.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == ";" }
    return isClear && shown == name ? name : "\"\(shown)\""
}

/// Text in one line without control characters, cut where it is long.
public func printable(_ text: String, limit: Int = 120) -> String {
    var shown = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        guard index < limit else { return shown + "…" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            shown += scalar.escaped(asASCII: true)
        default:
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}
