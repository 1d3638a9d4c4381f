import Compression
import TextFormats
import Yams

extension PartialShare: RecipeLevel {
    typealias Plan = SharePlan

    static let keys: KeyTable<LevelKey<PartialShare>> = KeyTable(
        clustersKey, stepKey, .value("init", \PartialShare.method, \SharePlan.method, usually: SharingMethod.linear, .choice),
        .value("seed", \PartialShare.seed, \SharePlan.seed, usually: UInt64(0), .seed))

    private static let clustersKey = LevelKey<PartialShare>(
        name: "clusters",
        read: { (tree, level) throws(RecipeError) in level.clusters = try ValueForm.whole(1...65_535).read(tree, "clusters") },
        write: { $0.clusters.map { .word("\($0)") } },
        // Clusters that are named later take the place of a step named before.
        merge: { level, later in
            if let clusters = later.clusters { (level.clusters, level.step) = (clusters, nil) }
        },
        resolve: { _, _ in true },
        say: { plan, level in level.clusters = plan.step == nil ? plan.clusters : nil },
        describe: { plan, inherited, level in
            guard plan.step == nil else { return }
            if inherited.clusters != plan.clusters || inherited.step != nil && plan.method.isOnGrid { level.clusters = plan.clusters }
        },
        sayOnce: { _, _, _, _ in })

    private static let stepKey = LevelKey<PartialShare>(
        name: "step",
        read: { (tree, level) throws(RecipeError) in level.step = try ValueForm.positive.read(tree, "step") },
        write: { $0.step.map { .number($0) } },
        merge: { level, later in level.step = later.step ?? level.step },
        resolve: { _, _ in true },
        say: { plan, level in level.step = plan.step },
        describe: { plan, inherited, level in
            if plan.step != nil, inherited.step != plan.step { level.step = plan.step }
        },
        sayOnce: { _, _, _, _ in })

    /// The keys with their holes filled; nil where neither clusters nor a step that counts is named.
    var plan: SharePlan? {
        let method = method ?? .linear
        var plan: SharePlan
        if let step, method.isOnGrid {
            plan = SharePlan(step: step, method: method)
        } else if let clusters {
            plan = SharePlan(clusters: clusters, method: method)
        } else {
            return nil
        }
        return resolve(into: &plan) ? plan : nil
    }
}

extension PartialCode: RecipeLevel {
    typealias Plan = CodePlan

    static let keys: KeyTable<LevelKey<PartialCode>> = KeyTable(
        .value("entropy", \PartialCode.entropy, \CodePlan.entropy, usually: EntropyCoder.huffman, .choice),
        .value("gapBits", \PartialCode.gapBits, \CodePlan.gapBits, usually: GapBits.automatic, .gapBits),
        .value("layout", \PartialCode.layout, \CodePlan.layout, usually: LayoutChoice.automatic, .choice))
}

extension ValueForm where Value == GapBits {
    /// `auto`, or a width.
    static var gapBits: Self {
        Self { (tree, name) throws(RecipeError) in
            if tree.word == "auto" { return .automatic }
            guard let word = tree.word, let bits = StageReader.wholeNumber(word), (1...16).contains(bits) else {
                throw unexpected(tree, field: name, expected: "auto or a whole number from 1 to 16")
            }
            return .fixed(Int(bits))
        } write: { bits in
            if case .fixed(let width) = bits { .word("\(width)") } else { .word("auto") }
        }
    }
}

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
