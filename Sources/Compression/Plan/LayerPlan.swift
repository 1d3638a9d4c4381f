/// What each stage of the pipeline does to one layer, filters → factorize → prune → share → code; a missing stage changes
/// nothing.
public struct LayerPlan: Sendable, Hashable {
    /// Which filters (output channels, units) stay.
    public var filters: FilterRule?
    /// Into what factors the weights are split.
    public var factorize: FactorRule?
    public var prune: PruneRule?
    public var share: SharePlan?
    public var code: CodePlan
    /// Factors whose weights are treated otherwise than the layer says: complete plans of the stages prune, share and code.
    public var factors: [FactorRole: LayerPlan]

    public init(
        filters: FilterRule? = nil, factorize: FactorRule? = nil, prune: PruneRule? = nil, share: SharePlan? = nil,
        code: CodePlan = CodePlan(), factors: [FactorRole: LayerPlan] = [:]
    ) {
        self.filters = filters
        self.factorize = factorize
        self.prune = prune
        self.share = share
        self.code = code
        self.factors = factors
    }

    /// Whether the layer is stored as it came, as far as its own plan goes.
    public var isIdentity: Bool { filters == nil && factorize == nil && keepsWeights }

    /// Whether the weights, in the shape they have by then, stay as they are.
    public var keepsWeights: Bool { prune == nil && share == nil }

    /// The stages that change shapes, alone.
    public var shapes: LayerPlan { LayerPlan(filters: filters, factorize: factorize) }

    /// The part of the plan that values follow from: how they are coded is left out.
    public var values: LayerPlan {
        LayerPlan(
            filters: filters, factorize: factorize, prune: prune, share: share,
            factors: factors.mapValues { LayerPlan(prune: $0.prune, share: $0.share) })
    }

    /// The stages that act on single weights, for a factor (nil: for the layer as a whole).
    public func weightPlan(for role: FactorRole? = nil) -> LayerPlan {
        if let role, let own = factors[role] { return own }
        return LayerPlan(prune: prune, share: share, code: code)
    }
}

/// Which weights are dropped: those with |w| below a threshold, given in one of three ways.
public enum PruneRule: Sendable, Hashable {
    /// The threshold itself.
    case threshold(Double)
    /// The threshold under which ⌊fraction × count⌋ weights lie; ties are kept.
    case sparsity(Double)
    /// A multiple of the population standard deviation of the layer's original weights.
    case sigma(Double)
}

/// Weight sharing: the survivors take one of a few values.
public struct SharePlan: Sendable, Hashable {
    /// Number of centroids asked for, 1…65,535; fewer come out where the survivors have fewer distinct bins.
    public var clusters: Int
    public var initialization: CentroidInitialization
    /// Only `random` uses it.
    public var seed: UInt64

    public init(clusters: Int, initialization: CentroidInitialization = .linear, seed: UInt64 = 0) {
        self.clusters = clusters
        self.initialization = initialization
        self.seed = seed
    }
}

/// Where Lloyd's algorithm starts; `optimal` replaces it by the global optimum.
public enum CentroidInitialization: String, Sendable, Hashable, CaseIterable {
    case linear, density, random, optimal
}

/// How the streams of a layer are written.
public struct CodePlan: Sendable, Hashable {
    public var entropy: EntropyCoder
    public var gapBits: GapBits
    public var layout: LayoutChoice

    public init(entropy: EntropyCoder = .huffman, gapBits: GapBits = .automatic, layout: LayoutChoice = .automatic) {
        self.entropy = entropy
        self.gapBits = gapBits
        self.layout = layout
    }
}

/// How symbols become bits: in fields of a fixed width, or by a canonical Huffman code.
public enum EntropyCoder: String, Sendable, Hashable, CaseIterable {
    case none, huffman
}

/// Width of a gap field.
public enum GapBits: Sendable, Hashable {
    /// The cheapest of 1…16 after entropy coding.
    case automatic
    case fixed(Int)
}

/// How a layer is laid out.
public enum LayoutChoice: String, Sendable, Hashable, CaseIterable {
    /// The cheapest of the others.
    case automatic = "auto"
    /// Survivors with gaps between them.
    case sparse
    /// A code for every weight.
    case dense
    /// The weights as they were stored, dropped ones as zeros.
    case raw
}
