import Basics
import Composition
import Compression
import NeuralNetwork
import Recipes

/// Says where factors take more than what they are made of.
public enum RankAdvice {
    /// A line for each layer whose factors hold more weights than it does, under plans with given ranks; automatic ranks never do.
    public static func warnings(_ plans: [LayerPlan], for model: Model) -> [String] {
        guard plans.contains(where: { $0.factorize != nil }) else { return [] }
        let composer = Composer(model)
        guard let shapes = try? composer.compose(plans, patience: .none) else { return [] }
        return composer.rankWarnings(shapes)
    }
}

extension Composer {
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
}
