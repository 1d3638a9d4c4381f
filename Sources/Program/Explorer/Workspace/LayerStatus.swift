import Compression
import NeuralNetwork

/// Where a layer stands: whether its tables are there, and how far its figures can be trusted.
public struct LayerStatus: Sendable {
    public enum Preparation: Sendable, Hashable {
        case waiting
        /// The fraction of the weights that was read.
        case running(Double)
        case ready(LayerScale)
        /// The layer stays as it is, and why: `3 weights are NaN or infinite (the first at 17)`.
        case refused(reason: String)
    }

    public enum Freshness: Sendable, Hashable {
        /// Counted for the plan in force.
        case exact
        /// For the plan in force, with the position-dependent part estimated.
        case estimated
        /// Of an earlier plan; new figures are being computed.
        case stale
        /// A guess from the plan alone, before the weights were read.
        case guessed
    }

    public var preparation: Preparation = .waiting
    public var figures: LayerFigures
    public var freshness: Freshness
    /// Counts the changes of the plan; results for an earlier one are dropped.
    public var generation = 0
    /// Of which generation the exact figures were asked for, or are there.
    var counted: Int?

    public init(figures: LayerFigures, freshness: Freshness) {
        self.figures = figures
        self.freshness = freshness
    }

    public var scale: LayerScale {
        if case .ready(let scale) = preparation { scale } else { LayerScale() }
    }

    public var isReady: Bool {
        if case .ready = preparation { true } else { false }
    }
}

extension LayerStatus {
    /// The status before anything was read: exact where the plan leaves the layer as it is, a guess otherwise.
    init(before plan: LayerPlan, of layer: Layer, in model: Model) {
        self.init(figures: .asStored(model.tensors[layer.weight].tensor), freshness: .exact)
        guess(plan, of: layer, in: model)
    }

    /// Figures from the plan alone, until the layer's weights were read.
    mutating func guess(_ plan: LayerPlan, of layer: Layer, in model: Model) {
        let weights = model.tensors[layer.weight].tensor
        figures = plan.isIdentity || isRefused ? .asStored(weights) : .guessed(plan, for: weights)
        freshness = plan.isIdentity || isRefused ? .exact : .guessed
    }

    /// Notes that figures are of a shape that the layer has no more.
    mutating func shapeChanged() {
        generation += 1
        if isReady { freshness = .stale }
    }

    /// Takes figures of the plan in force, unless those that are known say more.
    mutating func take(_ new: LayerFigures, under plan: LayerPlan, of model: Model, _ layer: Int) {
        var new = new
        if plan.keepsWeights, new.structure == nil {
            // A layer without a plan has no entry of its own in the file.
            let stored = LayerFigures.asStored(model.tensors[model.layers[layer].weight].tensor)
            new.account = stored.account
            new.stages = stored.stages
        }
        // A picture's figures may be from before an error was refined, or the coders were compared: neither is given up.
        if freshness == .exact {
            if figures.structure?.hasFinalError == true, new.structure?.hasFinalError == false { return }
            if figures.coders?.context != nil, new.coders?.context == nil { return }
        }
        let isExact = new.exactness == .exact
        guard isExact || freshness != .exact else { return }
        figures = new
        freshness = isExact ? .exact : .estimated
    }

    public var isRefused: Bool { refusal != nil }

    /// Why the layer stays as it is, where it does.
    public var refusal: String? {
        if case .refused(let reason) = preparation { reason } else { nil }
    }

    /// Whether the layer's tables are still to come.
    public var isPending: Bool {
        switch preparation {
        case .waiting, .running: true
        case .ready, .refused: false
        }
    }
}
