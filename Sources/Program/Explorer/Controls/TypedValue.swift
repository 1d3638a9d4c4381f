import Compression

/// Which keys can be part of a value that is typed for a slider: what cannot is never taken for one, nor lost.
extension Control {
    /// Words that stand for values.
    private var words: [String] {
        switch self {
        case .filters: ["all", "off"]
        case .rankOut, .rankIn: ["automatic", "whole", "off"]
        case .prune, .clusters: ["off"]
        case .gapBits: ["automatic"]
        case .step: []
        case .criterion: FilterCriterion.allCases.map(\.rawValue)
        case .method: SharingMethod.allCases.map(\.rawValue)
        case .layout: LayoutChoice.allCases.map(\.rawValue)
        case .entropy: EntropyCoder.allCases.map(\.rawValue)
        }
    }

    /// Signs that may follow a number.
    private var units: String {
        switch self {
        case .prune: "%sσt"
        case .filters, .rankOut, .rankIn: "%"
        default: ""
        }
    }

    /// Whether a number can be typed, in place of a word.
    private var isNumeric: Bool {
        switch self {
        case .criterion, .method, .layout, .entropy: false
        default: true
        }
    }

    /// Whether a text is a value, or becomes one as it is typed on.
    public func mayBecomeValue(_ text: String) -> Bool {
        let text = text.lowercased().drop { $0 == " " }
        if words.contains(where: { $0.lowercased().hasPrefix(text) }) { return true }
        guard isNumeric else { return false }
        // Digits with a point, an exponent, a unit; each part may be missing yet.
        var rest = text.drop { $0.isASCII && $0.isNumber }
        if rest.first == "." { rest = rest.dropFirst().drop { $0.isASCII && $0.isNumber } }
        let hasDigits = rest.startIndex != text.startIndex
        if hasDigits, rest.first == "e" {
            rest = rest.dropFirst()
            if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
            rest = rest.drop { $0.isASCII && $0.isNumber }
        }
        rest = rest.drop { $0 == " " }
        if hasDigits, let unit = rest.first, units.contains(unit) { rest = rest.dropFirst() }
        return rest.allSatisfy { $0 == " " }
    }

    /// Whether a key begins a value without a key before it that says so: a digit, or the first letter of `off`.
    func beginsValue(_ character: Character) -> Bool {
        guard isNumeric else { return false }
        return "0123456789.".contains(character) || character == "o" && words.contains("off")
    }

    /// What can be typed, for the line in which it is.
    var typedForms: String {
        switch self {
        case .filters: "40, 75%, off"
        case .rankOut, .rankIn: "8, 90%, auto, off"
        case .prune: "90%, 1.2s, .03t, off"
        case .clusters: "16, off"
        case .gapBits: "4, auto"
        case .step: ".02, 1e-3"
        case .criterion, .method, .layout, .entropy: words.joined(separator: ", ")
        }
    }
}
