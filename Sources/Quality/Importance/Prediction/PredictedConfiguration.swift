import Compression
import Glibc

/// What is predicted of a configuration's layers, each by itself: what forecasts of the whole rest on.
public struct PredictedConfiguration: Sendable, Hashable, Codable {
    /// What is predicted of a layer, and what the loss comes from.
    public struct Part: Sendable, Hashable, Codable {
        /// Of the model as it was opened.
        let layer: Int
        let stages: Int
        /// Above 0.
        let loss: Double
    }

    /// In the order of their layers.
    public private(set) var parts: [Part] = []
    /// Layers that lose by their plans, and nobody knows how much.
    public private(set) var unknown: [Int] = []

    /// Begins with a network as it was opened.
    public init() {}

    /// Takes what the next layer's plan loses by itself; nil where that is not known.
    public mutating func add(_ loss: PredictedLoss?, of layer: Int, under plan: LayerPlan) {
        guard let loss, loss.value.isFinite else { return unknown.append(layer) }
        guard loss.value > 0 else { return }
        parts.append(Part(layer: layer, stages: LossCurve.Stages(plan).rawValue, loss: loss.value))
    }

    /// As if layers did not touch each other.
    public var loss: Double { parts.reduce(0) { $0 + $1.loss } }

    /// How much two configurations lose by the same layers, by the same layers in the same way, and in the same way: each the sum of √(p q) over
    /// shares p and q of the losses, between 0 and 1.
    func likeness(to other: PredictedConfiguration) -> (layers: Double, ways: Double, stages: Double) {
        let scale = (loss * other.loss).squareRoot()
        guard scale > 0 else { return (0, 0, 0) }
        var (layers, ways) = (0.0, 0.0)
        var place = 0
        for part in parts {
            while place < other.parts.count, other.parts[place].layer < part.layer { place += 1 }
            guard place < other.parts.count, case let match = other.parts[place], match.layer == part.layer else { continue }
            let common = (part.loss * match.loss).squareRoot() / scale
            layers += common
            if part.stages == match.stages { ways += common }
        }
        let (own, others) = (byStages, other.byStages)
        let stages = zip(own, others).reduce(0) { $0 + ($1.0 * $1.1).squareRoot() } / scale
        return (layers, ways, stages)
    }

    private var byStages: [Double] {
        var sums = [Double](repeating: 0, count: 16)
        for part in parts { sums[part.stages & 15] += part.loss }
        return sums
    }
}
