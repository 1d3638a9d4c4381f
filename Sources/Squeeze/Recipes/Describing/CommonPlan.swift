import Compression

/// What a level above many layers should say so that the fewest rules are left to write below it.
struct CommonPlan {
    private(set) var partial = PartialPlan()

    /// Weighs, stage by stage, the most frequent setting against what the layers inherit without it.
    init(_ plans: [LayerPlan], inheriting inherited: PartialPlan) {
        // With an unfinished `share` above, nothing is said here, and every layer spells out its own.
        guard let above = inherited.resolved() else { return }
        if let rule = Self.worthwhile(plans.map(\.filters), inherited: above.filters) {
            partial.filters = rule.map { .set($0) } ?? .off
        }
        if let rule = Self.worthwhile(plans.map(\.factorize), inherited: above.factorize) {
            partial.factorize = rule.map { .set($0) } ?? .off
        }
        if let rule = Self.worthwhile(plans.map(\.prune), inherited: above.prune) {
            partial.prune = rule.map { .set($0) } ?? .off
        }
        if let share = Self.worthwhile(plans.map(\.share), inherited: above.share) {
            partial.share = PartialPlan.share(from: inherited.share, to: share)
        }
        let code = above.code
        partial.code.entropy = Self.worthwhile(plans.map(\.code.entropy), inherited: code.entropy)
        partial.code.gapBits = Self.worthwhile(plans.map(\.code.gapBits), inherited: code.gapBits)
        partial.code.layout = Self.worthwhile(plans.map(\.code.layout), inherited: code.layout)
    }

    /// The value that saves rules if the level says it: its layers need none any more, those that were content with the
    /// inherited value now do, and the level's own counts as one. Nil where none saves any.
    private static func worthwhile<Value: Hashable>(_ values: [Value], inherited: Value) -> Value? {
        var counts: [Value: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        let content = counts[inherited] ?? 0
        counts[inherited] = nil
        guard let most = counts.values.max(), most > content + 1 else { return nil }
        return values.first { counts[$0] == most }
    }
}

extension PartialPlan {
    /// The least that must be said below `inherited` for a layer to get `plan`.
    init(from inherited: PartialPlan, to plan: LayerPlan) {
        self.init()
        filters = Self.change(from: inherited.filters, to: plan.filters)
        factorize = Self.change(from: inherited.factorize, to: plan.factorize)
        describeWeights(from: inherited, to: plan)
        let weights = inherited.overridden(by: self).weights
        // In the order of the roles, so that the same plan gives the same text.
        for role in FactorRole.allCases where plan.factors[role] != nil || inherited.factors[role] != nil {
            let above = inherited.factors[role] ?? PartialPlan()
            let wanted = plan.weightPlan(for: role)
            var own = PartialPlan()
            own.describeWeights(from: weights.overridden(by: above), to: wanted)
            // Sharing that is switched off above and on again here would inherit the layer's keys.
            if weights.overridden(by: above.overridden(by: own)).resolved() != wanted { own = PartialPlan(spellingOut: wanted) }
            if !own.isEmpty { factors[role] = own }
        }
    }

    /// Everything that a plan of single weights says.
    private init(spellingOut plan: LayerPlan) {
        self.init(
            prune: plan.prune.map { .set($0) } ?? .off,
            share: plan.share.map {
                .set(PartialShare(clusters: $0.step == nil ? $0.clusters : nil, method: $0.method, step: $0.step, seed: $0.seed))
            } ?? .off,
            code: PartialCode(entropy: plan.code.entropy, gapBits: plan.code.gapBits, layout: plan.code.layout))
    }

    private mutating func describeWeights(from inherited: PartialPlan, to plan: LayerPlan) {
        prune = Self.change(from: inherited.prune, to: plan.prune)
        share = Self.share(from: inherited.share, to: plan.share)
        if (inherited.code.entropy ?? .huffman) != plan.code.entropy { code.entropy = plan.code.entropy }
        if (inherited.code.gapBits ?? .automatic) != plan.code.gapBits { code.gapBits = plan.code.gapBits }
        if (inherited.code.layout ?? .automatic) != plan.code.layout { code.layout = plan.code.layout }
    }

    /// What must be said for a stage that is one setting to become `wanted`; nil where nothing must.
    private static func change<Setting>(from inherited: StageChange<Setting>?, to wanted: Setting?) -> StageChange<Setting>? {
        let known: Setting? = if case .set(let setting)? = inherited { setting } else { nil }
        guard known != wanted else { return nil }
        return wanted.map { .set($0) } ?? .off
    }

    /// What must be said below `inherited` for sharing to become `share`; nil where nothing must.
    static func share(from inherited: StageChange<PartialShare>?, to share: SharePlan?) -> StageChange<PartialShare>? {
        let keys: PartialShare? = if case .set(let keys)? = inherited { keys } else { nil }
        guard let share else { return keys == nil ? nil : .off }
        var change = PartialShare()
        if let step = share.step {
            if keys?.step != step { change.step = step }
        } else if keys?.clusters != share.clusters || keys?.step != nil && share.method.isOnGrid {
            change.clusters = share.clusters
        }
        if (keys?.method ?? .linear) != share.method { change.method = share.method }
        if (keys?.seed ?? 0) != share.seed { change.seed = share.seed }
        return change == PartialShare() ? nil : .set(change)
    }
}
