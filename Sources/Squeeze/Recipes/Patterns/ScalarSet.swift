/// Which characters one place of a pattern takes.
struct ScalarSet {
    /// The classes that have a letter of their own: `\d`, `\w`, `\s`, and what a point stands for.
    enum Kind {
        case digit, word, space, notNewline

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .digit: return scalar.properties.generalCategory == .decimalNumber
            case .space: return scalar.properties.isWhitespace
            case .notNewline: return !(0x0a...0x0d).contains(scalar.value) && ![0x85, 0x2028, 0x2029].contains(scalar.value)
            case .word:
                if scalar.isASCII { return scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) }
                switch scalar.properties.generalCategory {
                case .decimalNumber, .letterNumber, .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation: return true
                default: return scalar.properties.isAlphabetic
                }
            }
        }
    }

    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var kinds: [(kind: Kind, isNegated: Bool)] = []
    var isNegated = false
    var ignoresCase = false

    init() {}

    init(_ scalar: Unicode.Scalar) { ranges = [scalar...scalar] }

    init(_ kind: Kind, isNegated: Bool = false) { kinds = [(kind, isNegated)] }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        if holds(scalar) { return !isNegated }
        if ignoresCase {
            for other in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                let scalars = other.unicodeScalars
                if scalars.count == 1, let first = scalars.first, holds(first) { return !isNegated }
            }
        }
        return isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar) } || kinds.contains { $0.kind.contains(scalar) != $0.isNegated }
    }
}
