/// How many filters of a layer stay, and which go first.
public struct FilterRule: Sendable, Hashable {
    public var amount: FilterAmount
    public var criterion: FilterCriterion

    public init(_ amount: FilterAmount, by criterion: FilterCriterion = .l1) {
        self.amount = amount
        self.criterion = criterion
    }
}

/// A number of filters that stay.
public enum FilterAmount: Sendable, Hashable {
    /// At least 1.
    case keep(Int)
    /// ⌈fraction × count⌉ stay, at least one.
    case fraction(Double)

    /// The filters that stay of `count`: 1…count.
    public func kept(of count: Int) -> Int {
        switch self {
        case .keep(let number): min(count, max(1, number))
        // A product such as 0.7 × 10 = 7.000000000000001 is meant to be 7.
        case .fraction(let fraction): min(count, max(1, Int((fraction * Double(count) - 1e-9).rounded(.up))))
        }
    }
}

/// What a filter's importance is measured by; the least important go first.
public enum FilterCriterion: String, Sendable, Hashable, CaseIterable {
    /// Σ|w| (Li et al. 2017).
    case l1
    /// √Σw².
    case l2
    /// The distance to the other filters, summed: near the geometric median a filter is redundant (FPGM, He et al. 2019).
    case median
    /// How often its activation is not zero on data (APoZ, Hu et al. 2016).
    case apoz
    /// How badly the next layer's input would be reconstructed without it, on data (ThiNet, Luo et al. 2017).
    case thinet
    /// What the answers are predicted to lose on data without it (Fisher pruning; Theis et al. 2018).
    case fisher

    /// Whether the network must be run on data to tell.
    public var needsData: Bool { self == .apoz || self == .thinet || self == .fisher }
}

/// Into what factors a layer's weights are split.
public struct FactorRule: Sendable, Hashable {
    public var ranks: RankRule
    public var norm: ErrorNorm

    public init(_ ranks: RankRule, norm: ErrorNorm = .weights) {
        self.ranks = ranks
        self.norm = norm
    }

    public static let automatic = FactorRule(.automatic)
    public static func energy(_ part: Double, norm: ErrorNorm = .weights) -> FactorRule { FactorRule(.energy(part), norm: norm) }
    public static func tucker(out: Int, in: Int, norm: ErrorNorm = .weights) -> FactorRule {
        FactorRule(.tucker(out: out, in: `in`), norm: norm)
    }
    public static func rank(_ rank: Int, norm: ErrorNorm = .weights) -> FactorRule { FactorRule(.rank(rank), norm: norm) }
}

/// What errors of a layer's weights are measured by, where factors stand for them.
public enum ErrorNorm: String, Sendable, Hashable, CaseIterable {
    /// Σ ΔW².
    case weights
    /// Σ (ΔW · x)² over what the layer reads on data.
    case data
}

/// How the ranks of a layer's factors are chosen.
public enum RankRule: Sendable, Hashable {
    /// Ranks by empirical variational Bayes, where the factors are smaller than the layer.
    case automatic
    /// The ranks of the smallest factors that hold a part (0…1) of the weights' energy, where those are smaller than the layer.
    case energy(Double)
    /// Tucker-2 ranks of a convolution; a rank as large as its extent leaves that side whole.
    case tucker(out: Int, in: Int)
    /// The rank of a matrix (also of a 1 × 1 convolution, a product, an embedding, recurrent weights).
    case rank(Int)
}

/// The place of a factor in the chain that replaces a layer, in the order in which data passes.
public enum FactorRole: String, Sendable, Hashable, CaseIterable {
    case input = "in"
    case core
    case output = "out"
}
