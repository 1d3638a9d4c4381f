import Compression

/// A layer plan with holes: what one level of a recipe says, the rest being left to the levels before it.
public struct PartialPlan: Sendable, Hashable {
    public var filters: StageChange<FilterRule>?
    public var factorize: StageChange<FactorRule>?
    public var prune: StageChange<PruneRule>?
    public var share: StageChange<PartialShare>?
    public var code = PartialCode()
    public var rest: StageChange<RestRule>?
    /// What is said of single factors, of the stages prune, share and code; it stands above what is said of the layer.
    public var factors: [FactorRole: PartialPlan] = [:]

    /// Says nothing.
    public init() {}

    /// Whether it says nothing.
    public var isEmpty: Bool { self == PartialPlan() }

    /// The plan with its holes filled by defaults; nil where sharing has keys but no number of clusters.
    public func resolved() -> LayerPlan? {
        var plan = LayerPlan()
        return resolve(into: &plan) ? plan : nil
    }

    /// The stages of single weights, for a factor with what is said of it.
    func resolvedWeights(for role: FactorRole) -> LayerPlan? {
        let said = factors[role].map { weights.overridden(by: $0) } ?? self
        var plan = LayerPlan()
        return Self.weightKeys.rows.allSatisfy { $0.resolve(said, &plan) } ? plan : nil
    }

    /// The stages of single weights alone.
    var weights: PartialPlan {
        var weights = PartialPlan()
        (weights.prune, weights.share, weights.code) = (prune, share, code)
        return weights
    }
}

/// What a level says of a stage: `none`, or a setting.
public enum StageChange<Setting: Sendable & Hashable>: Sendable, Hashable {
    case off
    case set(Setting)
}
