import Compression

/// A slider of the controls pane, in the order in which the pane lists them.
public enum Control: String, Sendable, Hashable, CaseIterable {
    case filters, criterion, rankOut, rankIn, prune, clusters, method, step, gapBits, layout, entropy

    public var label: String {
        switch self {
        case .filters: "filters"
        case .criterion: "by"
        case .rankOut: "rank out"
        case .rankIn: "rank in"
        case .prune: "prune"
        case .clusters: "clusters"
        case .method: "method"
        case .step: "step"
        case .gapBits: "gap bits"
        case .layout: "layout"
        case .entropy: "entropy"
        }
    }

    /// What the control does, for the help and the status line.
    public var explanation: String {
        switch self {
        case .filters: "drop whole filters, and what reads them"
        case .criterion: "what a filter's importance is measured by"
        case .rankOut: "split the layer into factors, so many channels between core and output"
        case .rankIn: "so many channels between input and core"
        case .prune: "drop the weights of smallest magnitude"
        case .clusters: "let the survivors share k values"
        case .method: "k-means and where it starts, its optimum, or a grid: bits weighed against error, or a trellis"
        case .step: "distance of neighbouring values on the grid; the same in all layers spends bits best"
        case .gapBits: "width of the distance between survivors"
        case .layout: "survivors with gaps, a code for every weight, or the numbers as they were"
        case .entropy: "fields of fixed width, Huffman, or arithmetic: by frequencies (range), by neighbours (context)"
        }
    }
}

/// How the prune control is read and typed; the slider runs along the same quantity.
public enum PruneUnit: String, Sendable, Hashable, CaseIterable {
    case sparsity, sigma, threshold

    public init(of rule: PruneRule) {
        self =
            switch rule {
            case .sparsity: .sparsity
            case .sigma: .sigma
            case .threshold: .threshold
            }
    }

    public var next: PruneUnit {
        let all = PruneUnit.allCases
        return all[(all.firstIndex(of: self)! + 1) % all.count]
    }
}

/// What a control must know of the layer it acts on.
public struct LayerScale: Sendable, Hashable {
    /// Population standard deviation of the original weights; nil until the layer is prepared.
    public var sigma: Double?
    /// The extreme weights; nil until the layer is prepared.
    public var range: ClosedRange<Double>?

    public init(sigma: Double? = nil, range: ClosedRange<Double>? = nil) {
        self.sigma = sigma
        self.range = range
    }

    /// Largest |w|.
    public var largest: Double? { range.map { max(abs($0.lowerBound), abs($0.upperBound)) } }

    /// The greatest multiple of sigma the slider reaches: 4, or the largest weight where that is nearer.
    public var sigmaRange: Double {
        guard let sigma, let largest, sigma > 0 else { return 4 }
        return min(4, largest / sigma)
    }

    /// The greatest threshold the slider reaches.
    public var thresholdRange: Double {
        guard let sigma, let largest, sigma > 0 else { return largest ?? 1 }
        return min(4 * sigma, largest)
    }
}

extension Control {
    /// Whether it says something of shared values beyond their number.
    var isOfSharing: Bool { self == .method || self == .step }

    /// Whether it sets the ranks of factors.
    var isRank: Bool { self == .rankOut || self == .rankIn }

    /// Whether it changes the layer's shape.
    var isStructural: Bool { self == .filters || self == .criterion || isRank }
}
