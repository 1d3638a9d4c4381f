import Compression
import TextFormats

/// Reads the stages of a partial plan.
enum StageReader {
    private static let weightStages = ["prune", "share", "code"]
    private static let stages = ["filters", "factorize"] + weightStages + ["factors"]

    static func partialPlan(_ value: YAMLTree, section: String) throws(RecipeError) -> PartialPlan {
        var plan = PartialPlan()
        for (key, value) in try keys(of: value, named: section) {
            switch key.text ?? "" {
            case "filters": plan.filters = try filters(value)
            case "factorize": plan.factorize = try factorize(value)
            case "factors": plan.factors = try factors(value)
            case "prune": plan.prune = try prune(value)
            case "share": plan.share = try share(value)
            case "code": plan.code = try code(value)
            default: throw unknown(key, in: section, known: stages)
            }
        }
        return plan
    }

    /// What is said of a single factor: the stages that act on single weights.
    static func weightPlan(_ value: YAMLTree, section: String) throws(RecipeError) -> PartialPlan {
        for (key, _) in try keys(of: value, named: section) where !weightStages.contains(key.text ?? "") {
            throw unknown(key, in: section, known: weightStages)
        }
        return try partialPlan(value, section: section)
    }

    private static func prune(_ value: YAMLTree) throws(RecipeError) -> StageChange<PruneRule> {
        if value.word == "none" { return .off }
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
        case "sparsity": return .set(.sparsity(try real(number, field: field, to: 1)))
        case "sigma": return .set(.sigma(try real(number, field: field)))
        default: return .set(.threshold(try real(number, field: field)))
        }
    }

    private static func share(_ value: YAMLTree) throws(RecipeError) -> StageChange<PartialShare> {
        if value.word == "none" { return .off }
        let known = ["clusters", "step", "init", "seed"]
        guard case .mapping = value.content else {
            throw unexpected(value, field: "share", expected: "none or keys (\(listed(known, "and")))")
        }
        var share = PartialShare()
        for (key, value) in try keys(of: value, named: "share") {
            switch key.text {
            case "clusters": share.clusters = Int(try whole(value, field: "clusters", in: 1...65_535))
            case "step": share.step = try positive(value, field: "step")
            case "init": share.method = try choice(value, field: "init")
            case "seed": share.seed = try whole(value, field: "seed", in: 0...UInt64.max)
            default: throw unknown(key, in: "share", known: known)
            }
        }
        return .set(share)
    }

    private static func code(_ value: YAMLTree) throws(RecipeError) -> PartialCode {
        let known = ["entropy", "gapBits", "layout"]
        guard case .mapping = value.content else {
            throw unexpected(value, field: "code", expected: "keys (\(listed(known, "and")))")
        }
        var code = PartialCode()
        for (key, value) in try keys(of: value, named: "code") {
            switch key.text {
            case "entropy": code.entropy = try choice(value, field: "entropy")
            case "gapBits": code.gapBits = try gapBits(value)
            case "layout": code.layout = try choice(value, field: "layout")
            default: throw unknown(key, in: "code", known: known)
            }
        }
        return code
    }

    private static func gapBits(_ value: YAMLTree) throws(RecipeError) -> GapBits {
        if value.word == "auto" { return .automatic }
        guard let word = value.word, let bits = wholeNumber(word), (1...16).contains(bits) else {
            throw unexpected(value, field: "gapBits", expected: "auto or a whole number from 1 to 16")
        }
        return .fixed(Int(bits))
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

    private static func positive(_ value: YAMLTree, field: String) throws(RecipeError) -> Double {
        guard let word = value.word, let number = realNumber(word), number > 0, number.isFinite else {
            throw unexpected(value, field: field, expected: "a number above 0")
        }
        return number
    }

    /// Decimal digits without a leading zero, which YAML 1.1 would take for octal.
    private static func wholeNumber(_ word: String) -> UInt64? {
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
