import Compression
import Factorization

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

/// What the controls must know beside the plan: the prune unit in force and the layer's measured figures.
public struct ControlContext: Sendable, Hashable {
    public var unit: PruneUnit
    public var scale: LayerScale
    /// Measured sparsity and threshold under the plan; what the last figures said while new ones are computed.
    public var sparsity: Double
    public var threshold: Double
    /// What the layer's shape is and can be.
    public var structure = StructureContext()

    public init(unit: PruneUnit, scale: LayerScale = LayerScale(), sparsity: Double = 0, threshold: Double = 0) {
        self.unit = unit
        self.scale = scale
        self.sparsity = sparsity
        self.threshold = threshold
    }
}

/// What the controls of a layer's shape must know of it.
public struct StructureContext: Sendable, Hashable {
    /// Filters the layer has; 0 where they are not followed.
    public var filterCount = 0
    /// Filters that stay: by its own rule, or because layers it goes with lost theirs.
    public var filtersKept = 0
    /// How its weights are read as kernels; nil where they cannot be split.
    public var layout: KernelLayout?
    /// Ranks in force; nil while the layer is whole.
    public var ranks: Ranks?
    /// By what ranks are judged.
    public var norm = ErrorNorm.weights

    public init() {}

    /// The largest ranks there are.
    var full: Ranks {
        guard let layout else { return Ranks(1) }
        return layout.isMatrix ? Ranks(min(layout.out, layout.in)) : Ranks(out: layout.out, in: layout.in)
    }
}
