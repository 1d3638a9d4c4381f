import Compression
import TextFormats
import Yams

/// The keys of `share` that a level says.
public struct PartialShare: Sendable, Hashable {
    /// 1…65,535.
    public var clusters: Int?
    public var method: SharingMethod?
    /// The distance of neighbouring values, for methods on a grid; it stands above `clusters`.
    public var step: Double?
    public var seed: UInt64?

    public init() {}
}

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
