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

    /// Whether the network must be run on data to tell.
    public var needsData: Bool { self == .apoz || self == .thinet }
}

/// Into what factors a layer's weights are split.
public enum FactorRule: Sendable, Hashable {
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
