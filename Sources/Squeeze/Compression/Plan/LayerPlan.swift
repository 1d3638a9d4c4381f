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
    /// How the numbers beside the layer are kept; nil as they came.
    public var rest: RestRule?
    /// Factors whose weights are treated otherwise than the layer says: complete plans of the stages prune, share and code.
    public var factors: [FactorRole: LayerPlan]

    public init(
        filters: FilterRule? = nil, factorize: FactorRule? = nil, prune: PruneRule? = nil, share: SharePlan? = nil,
        code: CodePlan = CodePlan(), rest: RestRule? = nil, factors: [FactorRole: LayerPlan] = [:]
    ) {
        self.filters = filters
        self.factorize = factorize
        self.prune = prune
        self.share = share
        self.code = code
        self.rest = rest
        self.factors = factors
    }

    /// Whether the layer is stored as it came, as far as its own plan goes.
    public var isIdentity: Bool { filters == nil && factorize == nil && keepsWeights }

    /// Whether the weights, in the shape they have by then, stay as they are.
    public var keepsWeights: Bool { prune == nil && share == nil }

    /// Whether sizes and errors follow from tables and a count of positions, without coding or quantizing every weight.
    public var isCountedQuickly: Bool {
        let own = share == nil || share?.method != .trellis && share?.method != .optimal && code.entropy.arithmeticCoders.isEmpty
        return own && factors.values.allSatisfy(\.isCountedQuickly)
    }

    /// What the model around single weights follows from: the stages that change shapes, and the numbers beside the layer.
    public var shapes: LayerPlan { LayerPlan(filters: filters, factorize: factorize, rest: rest) }

    /// The part of the plan that values follow from: how they are coded is left out.
    public var values: LayerPlan {
        LayerPlan(
            filters: filters, factorize: factorize, prune: prune, share: share, rest: rest,
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
    /// Number of centroids asked for, 1…65,535; fewer come out where the survivors have fewer distinct values. The methods
    /// `entropy` and `trellis` divide the range of the survivors into so many steps. 0 where a step takes its place.
    public private(set) var clusters: Int
    /// The distance of neighbouring values on a grid, where it is given; nil for methods that are not on a grid.
    public private(set) var step: Double?
    public var method: SharingMethod {
        didSet { if !method.isOnGrid, step != nil { (clusters, step) = (SharePlan.usualClusters, nil) } }
    }
    /// Only `random` uses it.
    public var seed: UInt64

    public init(clusters: Int, method: SharingMethod = .linear, seed: UInt64 = 0) {
        self.clusters = clusters
        self.method = method
        self.seed = seed
    }

    /// Values on a grid of a given step > 0.
    public init(step: Double, method: SharingMethod = .entropy, seed: UInt64 = 0) {
        precondition(method.isOnGrid, "\(method) goes by clusters")
        clusters = 0
        self.step = step
        self.method = method
        self.seed = seed
    }

    /// Asks for a number of clusters, in the place of a step.
    public mutating func set(clusters: Int) { (self.clusters, step) = (clusters, nil) }

    /// Asks for a step, in the place of a number of clusters; the method must be on a grid.
    public mutating func set(step: Double) {
        precondition(method.isOnGrid, "\(method) goes by clusters")
        (clusters, self.step) = (0, step)
    }

    /// What a step becomes where a method goes by clusters.
    private static let usualClusters = 32
}

/// How the shared values are found.
public enum SharingMethod: String, Sendable, Hashable, CaseIterable {
    /// Lloyd's algorithm (k-means) from values spread evenly over the range, from quantiles, or from random weights.
    case linear, density, random
    /// The global optimum of k-means: of the weights themselves in layers of up to 65,536, of bins a 64th as wide as the
    /// distance of neighbouring shared values in larger ones, where the squared error is within 0.03 % of the optimum's.
    case optimal
    /// Entropy-constrained scalar quantization: values on a grid, assigned by squared error and bits together.
    case entropy
    /// Dependent quantization on two interleaved grids, see `TrellisCode`.
    case trellis

    /// Whether values lie on a grid, given by its step, and small weights become zero by themselves.
    public var isOnGrid: Bool { self == .entropy || self == .trellis }
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

/// How symbols become bits.
public enum EntropyCoder: String, Sendable, Hashable, CaseIterable {
    /// In fields of a fixed width.
    case none
    /// By a canonical Huffman code.
    case huffman
    /// By an arithmetic code that learns the frequencies of the codes, near their zero-order entropy; dense layout only.
    case range
    /// By an arithmetic code that expects weights to be as large as their neighbours; dense layout only.
    case context
    /// Whichever of the three codes comes out smallest.
    case automatic = "auto"

    /// Whether every weight gets a code, in an arithmetic code.
    public var isArithmetic: Bool { self == .range || self == .context }

    /// The arithmetic coders that it may come to.
    var arithmeticCoders: [EntropyCoder] {
        switch self {
        case .none, .huffman: []
        case .range, .context: [self]
        case .automatic: [.range, .context]
        }
    }

    /// The coder of the layouts made of words and fields; nil where only arithmetic codes are wanted.
    var wordCoder: EntropyCoder? {
        switch self {
        case .none, .huffman: self
        case .range, .context: nil
        case .automatic: .huffman
        }
    }
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
