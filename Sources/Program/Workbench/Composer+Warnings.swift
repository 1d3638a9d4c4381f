import Basics
import Composition
import Compression
import NeuralNetwork
import Recipes

extension Composer {
    /// A line for each layer whose factors hold more weights than it does, under plans with given ranks; automatic ranks never do.
    public func rankWarnings(_ plans: [LayerPlan]) throws -> [String] {
        guard plans.contains(where: { $0.factorize != nil }) else { return [] }
        return rankWarnings(try compose(plans, patience: .none))
    }

    /// A line for each layer whose factors hold more weights than the layer without its dropped filters.
    public func rankWarnings(_ shapes: ComposedModel) -> [String] {
        zip(model.layers, shapes.layers).compactMap { layer, composed in
            guard let ranks = composed.rankText, let layout = composed.layout else { return nil }
            let factors = composed.parts.reduce(0) { $0 + $1.shape.count }
            guard factors > layout.count else { return nil }
            return "\(layer.name): factors of rank \(ranks) hold \(NumberText.grouped(factors)) weights, the layer only "
                + "\(NumberText.grouped(layout.count)): choose lower ranks"
        }
    }

    /// A line where plans choose something by data and random inputs stand in for it, though the network is made for other inputs.
    public func dataWarnings(_ plans: [LayerPlan], choosing data: DataChoice) -> [String] {
        guard plans.contains(where: \.choosesByData), data == .random, !data.isNatural(for: model) else { return [] }
        var choices = Set(plans.compactMap { $0.filters?.criterion }.filter(\.needsData).map { "filters by \($0.rawValue)" }).sorted()
        if plans.contains(where: { $0.factorize?.norm == .data }) { choices.append("factors in the data's norm") }
        return ["\(choices.joined(separator: " and ")) are chosen on random inputs, which say little: name data with --data"]
    }
}
