import Compression
import TextFormats

/// Reads the settings of stages.
enum StageReader {
    static func prune(_ value: YAMLTree) throws(RecipeError) -> PruneRule {
        let ways = ["threshold", "sparsity", "sigma"]
        let wanted = "none or one of \(listed(ways, "and"))"
        guard case .mapping = value.content else { throw unexpected(value, field: "prune", expected: wanted) }
        let pairs = try keys(of: value, named: "prune")
        for (key, _) in pairs where !ways.contains(key.text ?? "") { throw unknown(key, in: "prune", known: ways) }
        guard let (key, number) = pairs.first, pairs.count == 1 else {
            let found = pairs.isEmpty ? "no key" : listed(pairs.map { $0.key.text ?? "" }, "and")
            throw RecipeError(
                place: pairs.last?.key.place ?? value.place,
                fault: .unexpected(field: "prune", expected: wanted, found: found))
        }
        let field = key.text ?? ""
        switch field {
        case "sparsity": return .sparsity(try real(number, field: field, to: 1))
        case "sigma": return .sigma(try real(number, field: field))
        default: return .threshold(try real(number, field: field))
        }
    }
}

// MARK: Values

extension StageReader {
    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: YAMLTree, field: String
    ) throws(RecipeError) -> Choice where Choice.RawValue == String {
        guard let text = value.text, let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue)
            throw unexpected(value, field: field, expected: listed(names, "or"))
        }
        return choice
    }

    static func whole(
        _ value: YAMLTree, field: String, in range: ClosedRange<UInt64>
    ) throws(RecipeError) -> UInt64 {
        guard let word = value.word, let number = wholeNumber(word), range.contains(number) else {
            throw unexpected(
                value, field: field, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func real(
        _ value: YAMLTree, field: String, to upper: Double = .infinity
    ) throws(RecipeError) -> Double {
        guard let word = value.word, let number = realNumber(word), number >= 0, number <= upper, number.isFinite else {
            let range = upper.isFinite ? "a number from 0 to \(Int(upper))" : "a number that is not negative"
            throw unexpected(value, field: field, expected: range)
        }
        return number
    }

    static func positive(_ value: YAMLTree, field: String) throws(RecipeError) -> Double {
        guard let word = value.word, let number = realNumber(word), number > 0, number.isFinite else {
            throw unexpected(value, field: field, expected: "a number above 0")
        }
        return number
    }

    /// Decimal digits without a leading zero, which YAML 1.1 would take for octal.
    static func wholeNumber(_ word: String) -> UInt64? {
        let digits = word.utf8
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return UInt64(word)
    }

    /// A number in decimal notation, with an exponent or not: `1`, `.5`, `0.012`, `1.5e-3`.
    private static func realNumber(_ word: String) -> Double? {
        // `Double` also reads hexadecimal, `nan` and `infinity`.
        guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        let unsigned = word.hasPrefix("+") || word.hasPrefix("-") ? word.dropFirst() : word[...]
        guard let first = unsigned.utf8.first, first != UInt8(ascii: "e"), first != UInt8(ascii: "E") else { return nil }
        return Double(word) ?? (word.hasSuffix(".") ? Double(word + "0") : nil)
    }
}
