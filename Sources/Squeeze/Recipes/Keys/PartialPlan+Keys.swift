import Compression
import TextFormats
import Yams

extension PartialPlan: RecipeLevel {
    typealias Plan = LayerPlan

    /// The stages in the order in which they run, then what is said of single factors.
    static let keys: KeyTable<LevelKey<PartialPlan>> = KeyTable([filterKey, factorKey] + weightKeys.rows + [restKey, roleKey])

    /// The stages that act on single weights, which may be said of single factors too.
    static let weightKeys: KeyTable<LevelKey<PartialPlan>> = KeyTable(pruneKey, shareKey, codeKey)

    private static let filterKey = LevelKey<PartialPlan>.stage(
        "filters", \PartialPlan.filters, \LayerPlan.filters, read: FilterKeys.rule, write: { FilterKeys.keys.node(FilterKeys($0)) })

    private static let factorKey = LevelKey<PartialPlan>.stage(
        "factorize", \PartialPlan.factorize, \LayerPlan.factorize, read: FactorKeys.rule, write: { FactorKeys.keys.node(FactorKeys($0)) })

    private static let pruneKey = LevelKey<PartialPlan>.stage(
        "prune", \PartialPlan.prune, \LayerPlan.prune, read: StageReader.prune, write: { $0.node })

    private static let restKey = LevelKey<PartialPlan>.stage(
        "rest", \PartialPlan.rest, \LayerPlan.rest, read: RestKeys.rule, write: { RestKeys.keys.node(RestKeys(bits: $0.bits)) })

    /// `share: none` forgets the keys said before it; keys said after it switch the stage on again.
    private static let shareKey = LevelKey<PartialPlan>(
        name: "share",
        read: { (tree, level) throws(RecipeError) in
            guard tree.word != "none" else { return level.share = .off }
            var share = PartialShare()
            try PartialShare.keys.readMapping(tree, into: &share, section: "share") { "none or \($0)" }
            level.share = .set(share)
        },
        write: { $0.share.map { $0.node(PartialShare.keys.node) } },
        merge: { level, later in
            if case (.set(let earlier)?, .set(let keys)?) = (level.share, later.share) {
                level.share = .set(earlier.overridden(by: keys))
            } else {
                level.share = later.share ?? level.share
            }
        },
        resolve: { level, plan in
            guard let keys = level.share?.setting else { return true }
            plan.share = keys.plan
            return plan.share != nil
        },
        say: { plan, level in level.share = plan.share.map { .set(PartialShare(spellingOut: $0)) } ?? .off },
        describe: { plan, inherited, level in level.share = change(from: inherited.share, to: plan.share) },
        sayOnce: { plans, above, inherited, level in
            guard let share = worthwhile(plans.map(\.share), inherited: above.share) else { return }
            level.share = change(from: inherited.share, to: share)
        })

    /// What must be said below `inherited` for sharing to become `share`; nil where nothing must.
    private static func change(from inherited: StageChange<PartialShare>?, to share: SharePlan?) -> StageChange<PartialShare>? {
        let keys = inherited?.setting
        guard let share else { return keys == nil ? nil : .off }
        var change = PartialShare()
        change.describe(share, inheriting: keys ?? PartialShare())
        return change == PartialShare() ? nil : .set(change)
    }

    private static let codeKey = LevelKey<PartialPlan>(
        name: "code",
        read: { (tree, level) throws(RecipeError) in
            try PartialCode.keys.readMapping(tree, into: &level.code, section: "code")
        },
        write: { $0.code == PartialCode() ? nil : PartialCode.keys.node($0.code) },
        merge: { level, later in level.code = level.code.overridden(by: later.code) },
        resolve: { level, plan in level.code.resolve(into: &plan.code) },
        say: { plan, level in level.code = PartialCode(spellingOut: plan.code) },
        describe: { plan, inherited, level in level.code.describe(plan.code, inheriting: inherited.code) },
        sayOnce: { plans, above, inherited, level in
            for key in PartialCode.keys.rows { key.sayOnce(plans.map(\.code), above.code, inherited.code, &level.code) }
        })

    /// `{core: {prune: {sparsity: 0.5}}, out: {share: none}}`
    private static let roleKey = LevelKey<PartialPlan>(
        name: "factors",
        read: { (tree, level) throws(RecipeError) in
            let known = FactorRole.allCases.map(\.rawValue)
            guard case .mapping = tree.content else {
                throw unexpected(tree, field: "factors", expected: "keys (\(listed(known, "and")))")
            }
            for (key, value) in try Recipes.keys(of: tree, named: "factors") {
                guard let role = FactorRole(rawValue: key.text ?? "") else { throw unknown(key, in: "factors", known: known) }
                var plan = PartialPlan()
                try weightKeys.read(value, into: &plan, section: "the factor \(role.rawValue)")
                level.factors[role] = plan
            }
        },
        write: { level in
            let roles = FactorRole.allCases.compactMap { role in level.factors[role].map { (role.rawValue, keys.node($0)) } }
            return roles.isEmpty ? nil : .mapping(roles, in: .flow)
        },
        merge: { level, later in level.factors.merge(later.factors) { $0.overridden(by: $1) } },
        resolve: { level, plan in
            for role in level.factors.keys {
                guard let own = level.resolvedWeights(for: role) else { return false }
                if own != plan.weightPlan() { plan.factors[role] = own }
            }
            return true
        },
        say: { _, _ in },
        describe: { plan, inherited, level in
            let weights = inherited.overridden(by: level).weights
            // In the order of the roles, so that the same plan gives the same text.
            for role in FactorRole.allCases where plan.factors[role] != nil || inherited.factors[role] != nil {
                let above = inherited.factors[role] ?? PartialPlan()
                let wanted = plan.weightPlan(for: role)
                var own = PartialPlan()
                let known = weights.overridden(by: above)
                for key in weightKeys.rows { key.describe(wanted, known, &own) }
                // Sharing that is switched off above and on again here would inherit the layer's keys.
                if weights.overridden(by: above.overridden(by: own)).resolved() != wanted {
                    own = PartialPlan()
                    for key in weightKeys.rows { key.say(wanted, &own) }
                }
                if !own.isEmpty { level.factors[role] = own }
            }
        },
        sayOnce: { _, _, _, _ in })
}

extension PruneRule {
    fileprivate var node: Node {
        switch self {
        case .threshold(let number): .mapping([("threshold", .number(number))], in: .flow)
        case .sparsity(let number): .mapping([("sparsity", .number(number))], in: .flow)
        case .sigma(let number): .mapping([("sigma", .number(number))], in: .flow)
        }
    }
}
