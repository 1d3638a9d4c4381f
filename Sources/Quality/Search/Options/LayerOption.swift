import Compression
import NeuralNetwork

/// What can be done with a layer (with those that store the same weights), and what comes of it.
public struct LayerOption: Sendable {
    /// For each of the layers.
    public let plan: LayerPlan
    /// What the weights take in the file: their entries, or as they are stored.
    public let byteCount: Int
    /// Multiply-accumulates for one input; 0 where they are not known.
    public let macs: Int
    /// The predicted loss of an answer, the other layers as they were.
    public let loss: Double
    /// Of each of the layers, for the account of the file.
    let figures: [LayerFigures]

    init(plan: LayerPlan, byteCount: Int, macs: Int, loss: Double, figures: [LayerFigures]) {
        (self.plan, self.byteCount, self.macs, self.loss) = (plan, byteCount, macs, loss)
        self.figures = figures
    }

    func cost(in price: SearchPrice) -> Int {
        switch price {
        case .bytes: byteCount
        case .macs: macs
        }
    }

    /// The stages that it uses.
    var stages: Set<SearchStage> {
        var stages: Set<SearchStage> = []
        if plan.factorize != nil { stages.insert(.ranks) }
        if plan.prune != nil { stages.insert(.prune) }
        if plan.share != nil { stages.insert(.share) }
        return stages
    }
}

/// Layers that are given the same plan, because they store the same weights: nearly always one.
public struct SearchUnit: Sendable, Hashable {
    /// By their numbers in the opened model, the first of which has the entry.
    public let layers: [Int]

    /// Those of a network, in the order of their first layers.
    static func all(of model: Model) -> [SearchUnit] {
        var places: [Int: Int] = [:]
        var layers: [[Int]] = []
        for (index, layer) in model.layers.enumerated() {
            if let place = places[layer.weight] {
                layers[place].append(index)
            } else {
                places[layer.weight] = layers.count
                layers.append([index])
            }
        }
        return layers.map { SearchUnit(layers: $0) }
    }
}
