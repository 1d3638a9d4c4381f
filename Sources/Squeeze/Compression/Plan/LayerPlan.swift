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

    /// Whether something is chosen by what the network does on data.
    public var choosesByData: Bool { filters?.criterion.needsData == true || factorize?.norm == .data }

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

    /// The plan for weights that may have moved from the shared values they were given: those are found anew.
    public var undecided: LayerPlan {
        var plan = self
        plan.share?.isSettled = false
        plan.factors = factors.mapValues(\.undecided)
        return plan
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
    /// How many values there are, or how far apart.
    public enum Amount: Sendable, Hashable {
        /// Number of centroids asked for, 1…65,535; fewer come out where the survivors have fewer distinct values. The methods
        /// `entropy` and `trellis` divide the range of the survivors into so many steps.
        case clusters(Int)
        /// The distance of neighbouring values on a grid.
        case step(Double)
        /// The price of a bit in nats of an answer's loss, which tells the step of a grid: the same in all layers, none could spend a
        /// bit better than another. Without data the loss is taken for half the relative squared error of a layer's weights.
        case lambda(Double)
    }

    public private(set) var amount: Amount
    public var method: SharingMethod {
        didSet {
            if case .clusters = amount { return }
            if !method.isOnGrid { amount = .clusters(SharePlan.usualClusters) }
        }
    }
    /// Only `random` uses it.
    public var seed: UInt64
    /// Whether the weights have been decided already, each being one of the shared values: they are only read off. No recipe says so.
    public var isSettled = false

    public init(clusters: Int, method: SharingMethod = .linear, seed: UInt64 = 0) {
        amount = .clusters(clusters)
        self.method = method
        self.seed = seed
    }

    /// Values on a grid of a given step > 0.
    public init(step: Double, method: SharingMethod = .entropy, seed: UInt64 = 0) {
        precondition(method.isOnGrid, "\(method) goes by clusters")
        amount = .step(step)
        self.method = method
        self.seed = seed
    }

    /// Values on a grid whose step a price > 0 of bits tells.
    public init(lambda: Double, method: SharingMethod = .trellis, seed: UInt64 = 0) {
        precondition(method.isOnGrid, "\(method) goes by clusters")
        amount = .lambda(lambda)
        self.method = method
        self.seed = seed
    }

    /// The number of clusters; 0 where a step or a price takes its place.
    public var clusters: Int { if case .clusters(let clusters) = amount { clusters } else { 0 } }

    /// The step of the grid, where it is given.
    public var step: Double? { if case .step(let step) = amount { step } else { nil } }

    /// The price of a bit, where it is given.
    public var lambda: Double? { if case .lambda(let lambda) = amount { lambda } else { nil } }

    /// Asks for a number of clusters.
    public mutating func set(clusters: Int) { amount = .clusters(clusters) }

    /// Asks for a step; the method must be on a grid.
    public mutating func set(step: Double) {
        precondition(method.isOnGrid, "\(method) goes by clusters")
        amount = .step(step)
    }

    /// Asks for the step that a price of bits tells; the method must be on a grid.
    public mutating func set(lambda: Double) {
        precondition(method.isOnGrid, "\(method) goes by clusters")
        amount = .lambda(lambda)
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
