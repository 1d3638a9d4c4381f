import Compression
import TextFormats
import Yams

/// A key that each level of a recipe may say again: how it is read and written, what a later level does to an earlier one, and how
/// it and a plan follow from each other.
struct LevelKey<Level: RecipeLevel>: RecipeRow {
    let name: String
    let read: @Sendable (YAMLTree, inout Level) throws(RecipeError) -> Void
    let write: @Sendable (Level) -> Node?
    /// Puts what a later level says in the place of what this one says.
    let merge: @Sendable (inout Level, _ later: Level) -> Void
    /// Gives a plan what the level says; false where that is not enough for one.
    let resolve: @Sendable (Level, inout Level.Plan) -> Bool
    /// Says the plan's value, whatever others say.
    let say: @Sendable (Level.Plan, inout Level) -> Void
    /// Says the plan's value where it is another than what is inherited comes to.
    let describe: @Sendable (Level.Plan, _ inherited: Level, inout Level) -> Void
    /// Says what is worth saying once for many plans, which would be like `above` without it.
    let sayOnce: @Sendable ([Level.Plan], _ above: Level.Plan, _ inherited: Level, inout Level) -> Void
}

/// What one level of a recipe says of a plan, key by key; the rows are the only place that knows of all keys.
protocol RecipeLevel: Sendable, Hashable {
    associatedtype Plan: Sendable, Hashable

    static var keys: KeyTable<LevelKey<Self>> { get }

    /// A level that says nothing.
    init()
}

extension RecipeLevel {
    /// This level, with everything that `later` says put in its place.
    func overridden(by later: Self) -> Self {
        var result = self
        for key in Self.keys.rows { key.merge(&result, later) }
        return result
    }

    /// Gives a plan what the level says; false where that is not enough for one.
    func resolve(into plan: inout Plan) -> Bool { Self.keys.rows.allSatisfy { $0.resolve(self, &plan) } }

    /// Everything that a plan says.
    init(spellingOut plan: Plan) {
        self.init()
        for key in Self.keys.rows { key.say(plan, &self) }
    }

    /// Adds the least that must be said below `inherited` for a layer to get `plan`.
    mutating func describe(_ plan: Plan, inheriting inherited: Self) {
        for key in Self.keys.rows { key.describe(plan, inherited, &self) }
    }
}

extension LevelKey {
    /// A value of the plan that has a usual one where nobody says any.
    static func value<Value: Hashable & Sendable>(
        _ name: String, _ path: WritableKeyPath<Level, Value?> & Sendable, _ plan: WritableKeyPath<Level.Plan, Value> & Sendable,
        usually usual: Value, _ form: ValueForm<Value>
    ) -> Self {
        let say: @Sendable (Level.Plan, inout Level) -> Void = { $1[keyPath: path] = $0[keyPath: plan] }
        return Self(
            name: name,
            read: { (tree, level) throws(RecipeError) in level[keyPath: path] = try form.read(tree, name) },
            write: { $0[keyPath: path].map(form.write) },
            merge: { level, later in
                if let value = later[keyPath: path] { level[keyPath: path] = value }
            },
            resolve: { level, made in
                if let value = level[keyPath: path] { made[keyPath: plan] = value }
                return true
            },
            say: say,
            describe: { wanted, inherited, level in
                if (inherited[keyPath: path] ?? usual) != wanted[keyPath: plan] { say(wanted, &level) }
            },
            sayOnce: { plans, above, _, level in
                level[keyPath: path] = worthwhile(plans.map { $0[keyPath: plan] }, inherited: above[keyPath: plan])
            })
    }
}

extension LevelKey where Level == PartialPlan {
    /// A stage that is one setting, or `none`.
    static func stage<Setting: Hashable & Sendable>(
        _ name: String, _ path: WritableKeyPath<PartialPlan, StageChange<Setting>?> & Sendable,
        _ plan: WritableKeyPath<LayerPlan, Setting?> & Sendable,
        read: @escaping @Sendable (YAMLTree) throws(RecipeError) -> Setting, write: @escaping @Sendable (Setting) -> Node
    ) -> Self {
        let say: @Sendable (LayerPlan, inout PartialPlan) -> Void = { wanted, level in
            level[keyPath: path] = wanted[keyPath: plan].map { .set($0) } ?? .off
        }
        return Self(
            name: name,
            read: { (tree, level) throws(RecipeError) in
                level[keyPath: path] = tree.word == "none" ? .off : .set(try read(tree))
            },
            write: { $0[keyPath: path].map { $0.node(write) } },
            merge: { level, later in
                if let value = later[keyPath: path] { level[keyPath: path] = value }
            },
            resolve: { level, made in
                if let setting = level[keyPath: path]?.setting { made[keyPath: plan] = setting }
                return true
            },
            say: say,
            describe: { wanted, inherited, level in
                if inherited[keyPath: path]?.setting != wanted[keyPath: plan] { say(wanted, &level) }
            },
            sayOnce: { plans, above, _, level in
                guard let setting = worthwhile(plans.map { $0[keyPath: plan] }, inherited: above[keyPath: plan]) else { return }
                level[keyPath: path] = setting.map { .set($0) } ?? .off
            })
    }
}

extension StageChange {
    var setting: Setting? { if case .set(let setting) = self { setting } else { nil } }

    func node(_ write: (Setting) -> Node) -> Node { setting.map(write) ?? .word("none") }
}

/// The value that saves rules if a level says it: its layers need none any more, those that were content with the
/// inherited value now do, and the level's own counts as one. Nil where none saves any.
func worthwhile<Value: Hashable>(_ values: [Value], inherited: Value) -> Value? {
    var counts: [Value: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    let content = counts[inherited] ?? 0
    counts[inherited] = nil
    guard let most = counts.values.max(), most > content + 1 else { return nil }
    return values.first { counts[$0] == most }
}
