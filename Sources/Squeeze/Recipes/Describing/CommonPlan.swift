import Compression

extension PartialPlan {
    /// What a level above many layers should say so that the fewest rules are left to write below it: key by key, the most
    /// frequent setting is weighed against what the layers inherit without it.
    init(commonTo plans: [LayerPlan], inheriting inherited: PartialPlan) {
        self.init()
        // With an unfinished `share` above, nothing is said here, and every layer spells out its own.
        guard let above = inherited.resolved() else { return }
        for key in Self.keys.rows { key.sayOnce(plans, above, inherited, &self) }
    }

    /// The least that must be said below `inherited` for a layer to get `plan`.
    init(from inherited: PartialPlan, to plan: LayerPlan) {
        self.init()
        describe(plan, inheriting: inherited)
    }
}
