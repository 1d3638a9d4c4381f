import Compression
import TextFormats
import Yams

/// The keys of `filters`: one of `keep` and `fraction`, and how filters are judged.
struct FilterKeys {
    var keep: Int?
    var fraction: Double?
    var criterion = FilterCriterion.l1

    static let keys = KeyTable<RecipeKey<FilterKeys>>(
        RecipeKey("keep", \.keep, .whole(1...Int(Int32.max))),
        RecipeKey("fraction", \.fraction, .real(to: 1)),
        RecipeKey("by", \.criterion, .choice, unless: .l1))

    init() {}

    init(_ rule: FilterRule) {
        switch rule.amount {
        case .keep(let number): keep = number
        case .fraction(let part): fraction = part
        }
        criterion = rule.criterion
    }

    /// `{keep: 40, by: l1}` or `{fraction: 0.75}`.
    static func rule(_ tree: YAMLTree) throws(RecipeError) -> FilterRule {
        var section = FilterKeys()
        try keys.readMapping(tree, into: &section, section: "filters") { "none or \($0)" }
        switch (section.keep, section.fraction) {
        case (let number?, nil): return FilterRule(.keep(number), by: section.criterion)
        case (nil, let part?): return FilterRule(.fraction(part), by: section.criterion)
        default:
            let found = section.keep == nil ? "neither" : "both"
            throw RecipeError(
                place: tree.place, fault: .unexpected(field: "filters", expected: "keep or fraction", found: found))
        }
    }
}
