import Compression
import TextFormats
import Yams

/// The keys of `factorize`: the ranks, and by what they and the factors are judged.
struct FactorKeys {
    var ranks: RankRule?
    var norm = ErrorNorm.weights

    static let keys = KeyTable<RecipeKey<FactorKeys>>(
        RecipeKey("ranks", \.ranks, .ranks),
        RecipeKey("norm", \.norm, .choice, unless: .weights))

    init() {}

    init(_ rule: FactorRule) {
        ranks = rule.ranks
        norm = rule.norm
    }

    /// `{ranks: auto}`, `{ranks: {energy: 0.9}}`, `{ranks: 12}` or `{ranks: [20, 12]}`, each with or without `norm: data`.
    static func rule(_ tree: YAMLTree) throws(RecipeError) -> FactorRule {
        let wanted = "none or {ranks: auto}, {ranks: {energy: 0.9}}, {ranks: 12} or {ranks: [20, 12]}"
        var section = FactorKeys()
        try keys.readMapping(tree, into: &section, section: "factorize") { _ in wanted }
        guard let ranks = section.ranks else { throw unexpected(tree, field: "factorize", expected: wanted) }
        return FactorRule(ranks, norm: section.norm)
    }
}

extension ValueForm where Value == RankRule {
    fileprivate static var ranks: Self {
        Self { (tree, _) throws(RecipeError) in
            try StageReader.ranks(tree)
        } write: { rule in
            switch rule {
            case .automatic: .word("auto")
            case .energy(let part): .mapping([("energy", .number(part))], in: .flow)
            case .rank(let rank): .word("\(rank)")
            case .tucker(let out, let `in`): .sequence(.init([.word("\(out)"), .word("\(`in`)")], Tag(.seq, .basic), .flow))
            }
        }
    }
}
