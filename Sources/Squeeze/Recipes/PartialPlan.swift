import Compression

/// A layer plan with holes: what one level of a recipe says, the rest being left to the levels before it.
public struct PartialPlan: Sendable, Hashable {
    public var filters: StageChange<FilterRule>?
    public var factorize: StageChange<FactorRule>?
    public var prune: StageChange<PruneRule>?
    public var share: StageChange<PartialShare>?
    public var code: PartialCode
    /// What is said of single factors, of the stages prune, share and code; it stands above what is said of the layer.
    public var factors: [FactorRole: PartialPlan]

    public init(
        filters: StageChange<FilterRule>? = nil, factorize: StageChange<FactorRule>? = nil,
        prune: StageChange<PruneRule>? = nil, share: StageChange<PartialShare>? = nil, code: PartialCode = PartialCode(),
        factors: [FactorRole: PartialPlan] = [:]
    ) {
        self.filters = filters
        self.factorize = factorize
        self.prune = prune
        self.share = share
        self.code = code
        self.factors = factors
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { self == PartialPlan() }

    /// This plan, with everything that `later` says put in its place.
    ///
    /// `share: none` forgets the keys said before it; keys said after it switch the stage on again.
    public func overridden(by later: PartialPlan) -> PartialPlan {
        var result = self
        result.filters = later.filters ?? filters
        result.factorize = later.factorize ?? factorize
        result.prune = later.prune ?? prune
        switch (share, later.share) {
        case (.set(let earlier)?, .set(let keys)?): result.share = .set(earlier.overridden(by: keys))
        default: result.share = later.share ?? share
        }
        result.code.entropy = later.code.entropy ?? code.entropy
        result.code.gapBits = later.code.gapBits ?? code.gapBits
        result.code.layout = later.code.layout ?? code.layout
        result.factors.merge(later.factors) { $0.overridden(by: $1) }
        return result
    }

    /// The plan with its holes filled by defaults; nil where sharing has keys but no number of clusters.
    public func resolved() -> LayerPlan? {
        guard var plan = resolvedWeights() else { return nil }
        if case .set(let rule)? = filters { plan.filters = rule }
        if case .set(let rule)? = factorize { plan.factorize = rule }
        for role in factors.keys {
            guard let own = resolvedWeights(for: role) else { return nil }
            if own != plan.weightPlan() { plan.factors[role] = own }
        }
        return plan
    }

    /// The stages of single weights, for a factor with what is said of it.
    func resolvedWeights(for role: FactorRole) -> LayerPlan? {
        (factors[role].map { weights.overridden(by: $0) } ?? self).resolvedWeights()
    }

    /// The stages of single weights alone.
    var weights: PartialPlan { PartialPlan(prune: prune, share: share, code: code) }

    private func resolvedWeights() -> LayerPlan? {
        var plan = LayerPlan(
            code: CodePlan(
                entropy: code.entropy ?? .huffman, gapBits: code.gapBits ?? .automatic, layout: code.layout ?? .automatic))
        if case .set(let rule)? = prune { plan.prune = rule }
        if case .set(let keys)? = share {
            let method = keys.method ?? .linear
            let step = method.isOnGrid ? keys.step : nil
            if let step {
                plan.share = SharePlan(step: step, method: method, seed: keys.seed ?? 0)
            } else if let clusters = keys.clusters {
                plan.share = SharePlan(clusters: clusters, method: method, seed: keys.seed ?? 0)
            } else {
                return nil
            }
        }
        return plan
    }
}

/// What a level says of a stage: `none`, or a setting.
public enum StageChange<Setting: Sendable & Hashable>: Sendable, Hashable {
    case off
    case set(Setting)
}

/// The keys of `share` that a level says.
public struct PartialShare: Sendable, Hashable {
    /// 1…65,535.
    public var clusters: Int?
    public var method: SharingMethod?
    /// The distance of neighbouring values, for methods on a grid; it stands above `clusters`.
    public var step: Double?
    public var seed: UInt64?

    public init(clusters: Int? = nil, method: SharingMethod? = nil, step: Double? = nil, seed: UInt64? = nil) {
        self.clusters = clusters
        self.method = method
        self.step = step
        self.seed = seed
    }

    func overridden(by later: PartialShare) -> PartialShare {
        // Clusters that are named later take the place of a step named before.
        PartialShare(
            clusters: later.clusters ?? clusters, method: later.method ?? method,
            step: later.step ?? (later.clusters == nil ? step : nil), seed: later.seed ?? seed)
    }
}

/// The keys of `code` that a level says.
public struct PartialCode: Sendable, Hashable {
    public var entropy: EntropyCoder?
    public var gapBits: GapBits?
    public var layout: LayoutChoice?

    public init(entropy: EntropyCoder? = nil, gapBits: GapBits? = nil, layout: LayoutChoice? = nil) {
        self.entropy = entropy
        self.gapBits = gapBits
        self.layout = layout
    }
}
