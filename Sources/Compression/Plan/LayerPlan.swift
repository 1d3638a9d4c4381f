/// What each stage of the pipeline does to one layer; a missing stage leaves the weights as they are.
public struct LayerPlan: Sendable, Hashable {
    public var prune: PruneRule?
    public var share: SharePlan?
    public var code: CodePlan

    public init(prune: PruneRule? = nil, share: SharePlan? = nil, code: CodePlan = CodePlan()) {
        self.prune = prune
        self.share = share
        self.code = code
    }

    /// Whether the layer is stored as it came.
    public var isIdentity: Bool { prune == nil && share == nil }
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
