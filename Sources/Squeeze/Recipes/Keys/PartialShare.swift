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
    /// The price of a bit in nats, for methods on a grid; it stands above `clusters` and `step`.
    public var lambda: Double?
    public var seed: UInt64?

    public init() {}
}

extension PartialShare: RecipeLevel {
    typealias Plan = SharePlan

    static let keys: KeyTable<LevelKey<PartialShare>> = KeyTable(
        clustersKey, stepKey, lambdaKey, .value("init", \PartialShare.method, \SharePlan.method, usually: SharingMethod.linear, .choice),
        .value("seed", \PartialShare.seed, \SharePlan.seed, usually: UInt64(0), .seed))

    private static let clustersKey = LevelKey<PartialShare>(
        name: "clusters",
        read: { (tree, level) throws(RecipeError) in level.clusters = try ValueForm.whole(1...65_535).read(tree, "clusters") },
        write: { $0.clusters.map { .word("\($0)") } },
        // Clusters that are named later take the place of a step or price named before.
        merge: { level, later in
            if let clusters = later.clusters { (level.clusters, level.step, level.lambda) = (clusters, nil, nil) }
        },
        resolve: { _, _ in true },
        say: { plan, level in if case .clusters(let clusters) = plan.amount { level.clusters = clusters } },
        describe: { plan, inherited, level in
            guard case .clusters(let clusters) = plan.amount else { return }
            let isOnGrid = (inherited.step != nil || inherited.lambda != nil) && plan.method.isOnGrid
            if inherited.clusters != clusters || isOnGrid { level.clusters = clusters }
        },
        sayOnce: { _, _, _, _ in })

    private static let stepKey = LevelKey<PartialShare>(
        name: "step",
        read: { (tree, level) throws(RecipeError) in level.step = try ValueForm.positive.read(tree, "step") },
        write: { $0.step.map { .number($0) } },
        merge: { level, later in
            if let step = later.step { (level.step, level.lambda) = (step, nil) }
        },
        resolve: { _, _ in true },
        say: { plan, level in level.step = plan.step },
        describe: { plan, inherited, level in
            if let step = plan.step, inherited.step != step || inherited.lambda != nil { level.step = step }
        },
        sayOnce: { _, _, _, _ in })

    private static let lambdaKey = LevelKey<PartialShare>(
        name: "lambda",
        read: { (tree, level) throws(RecipeError) in level.lambda = try ValueForm.positive.read(tree, "lambda") },
        write: { $0.lambda.map { .number($0) } },
        merge: { level, later in level.lambda = later.lambda ?? level.lambda },
        resolve: { _, _ in true },
        say: { plan, level in level.lambda = plan.lambda },
        describe: { plan, inherited, level in
            if let lambda = plan.lambda, inherited.lambda != lambda { level.lambda = lambda }
        },
        sayOnce: { _, _, _, _ in })

    /// The keys with their holes filled; nil where neither clusters nor a step or price that counts is named.
    var plan: SharePlan? {
        let method = method ?? .linear
        var plan: SharePlan
        if let lambda, method.isOnGrid {
            plan = SharePlan(lambda: lambda, method: method)
        } else if let step, method.isOnGrid {
            plan = SharePlan(step: step, method: method)
        } else if let clusters {
            plan = SharePlan(clusters: clusters, method: method)
        } else {
            return nil
        }
        return resolve(into: &plan) ? plan : nil
    }
}
