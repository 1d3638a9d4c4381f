import Compression
import TextFormats

/// Reads the stages that change the shapes of weights, and what is said of the factors that come of them.
extension StageReader {
    /// `none`, `{keep: 40, by: l1}` or `{fraction: 0.75}`.
    static func filters(_ value: YAMLTree) throws(RecipeError) -> StageChange<FilterRule> {
        if value.word == "none" { return .off }
        let known = ["keep", "fraction", "by"]
        let wanted = "none or keys (\(listed(known, "and")))"
        guard case .mapping = value.content else { throw unexpected(value, field: "filters", expected: wanted) }
        var amounts: [FilterAmount] = []
        var criterion = FilterCriterion.l1
        for (key, value) in try keys(of: value, named: "filters") {
            switch key.text {
            case "keep": amounts.append(.keep(Int(try whole(value, field: "keep", in: 1...UInt64(Int32.max)))))
            case "fraction": amounts.append(.fraction(try real(value, field: "fraction", to: 1)))
            case "by": criterion = try choice(value, field: "by")
            default: throw unknown(key, in: "filters", known: known)
            }
        }
        guard let amount = amounts.first, amounts.count == 1 else {
            let found = amounts.isEmpty ? "neither" : "both"
            throw RecipeError(
                place: value.place, fault: .unexpected(field: "filters", expected: "keep or fraction", found: found))
        }
        return .set(FilterRule(amount, by: criterion))
    }

    /// `none`, `{ranks: auto}`, `{ranks: {energy: 0.9}}`, `{ranks: 12}` or `{ranks: [20, 12]}`.
    static func factorize(_ value: YAMLTree) throws(RecipeError) -> StageChange<FactorRule> {
        if value.word == "none" { return .off }
        let wanted = "none or {ranks: auto}, {ranks: {energy: 0.9}}, {ranks: 12} or {ranks: [20, 12]}"
        guard case .mapping = value.content else { throw unexpected(value, field: "factorize", expected: wanted) }
        var rule: FactorRule?
        for (key, value) in try keys(of: value, named: "factorize") {
            guard key.text == "ranks" else { throw unknown(key, in: "factorize", known: ["ranks"]) }
            rule = try ranks(value)
        }
        guard let rule else { throw unexpected(value, field: "factorize", expected: wanted) }
        return .set(rule)
    }

    private static func ranks(_ value: YAMLTree) throws(RecipeError) -> FactorRule {
        if value.word == "auto" { return .automatic }
        func rank(_ value: YAMLTree) throws(RecipeError) -> Int {
            Int(try whole(value, field: "a rank", in: 1...UInt64(Int32.max)))
        }
        if case .mapping = value.content {
            var rule: FactorRule?
            for (key, value) in try keys(of: value, named: "ranks") {
                guard key.text == "energy" else { throw unknown(key, in: "ranks", known: ["energy"]) }
                rule = .energy(try real(value, field: "energy", to: 1))
            }
            guard let rule else { throw unexpected(value, field: "ranks", expected: "auto, {energy: 0.9}, a number, or two of them [out, in]") }
            return rule
        }
        guard case .list(let items) = value.content else { return .rank(try rank(value)) }
        guard items.count == 2 else {
            throw RecipeError(
                place: value.place,
                fault: .unexpected(
                    field: "ranks", expected: "auto, {energy: 0.9}, a number, or two of them [out, in]", found: "\(items.count) items"))
        }
        return .tucker(out: try rank(items[0]), in: try rank(items[1]))
    }

    /// `{core: {prune: {sparsity: 0.5}}, out: {share: none}}`.
    static func factors(_ value: YAMLTree) throws(RecipeError) -> [FactorRole: PartialPlan] {
        let known = FactorRole.allCases.map(\.rawValue)
        guard case .mapping = value.content else {
            throw unexpected(value, field: "factors", expected: "keys (\(listed(known, "and")))")
        }
        var factors: [FactorRole: PartialPlan] = [:]
        for (key, value) in try keys(of: value, named: "factors") {
            guard let role = FactorRole(rawValue: key.text ?? "") else { throw unknown(key, in: "factors", known: known) }
            factors[role] = try weightPlan(value, section: "the factor \(role.rawValue)")
        }
        return factors
    }

    /// `none`, or `{samples: 256, ridge: 0.01, seed: 0}`.
    static func reconstruct(_ value: YAMLTree) throws(RecipeError) -> ReconstructRule? {
        if value.word == "none" { return nil }
        let known = ["samples", "ridge", "seed"]
        guard case .mapping = value.content else {
            throw unexpected(value, field: "reconstruct", expected: "none or keys (\(listed(known, "and")))")
        }
        var rule = ReconstructRule()
        for (key, value) in try keys(of: value, named: "reconstruct") {
            switch key.text {
            case "samples": rule.samples = Int(try whole(value, field: "samples", in: 1...1_000_000))
            case "ridge": rule.ridge = try real(value, field: "ridge")
            case "seed": rule.seed = try whole(value, field: "seed", in: 0...UInt64.max)
            default: throw unknown(key, in: "reconstruct", known: known)
            }
        }
        return rule
    }
}
