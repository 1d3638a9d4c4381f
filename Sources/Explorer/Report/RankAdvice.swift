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
    func rankWarnings(_ shapes: ComposedModel) -> [String] {
        zip(model.layers, shapes.layers).compactMap { layer, composed in
            guard let ranks = composed.rankText, let layout = composed.layout else { return nil }
            let factors = composed.parts.reduce(0) { $0 + $1.shape.count }
            guard factors > layout.count else { return nil }
            return "\(layer.name): factors of rank \(ranks) hold \(NumberText.grouped(factors)) weights, the layer only "
                + "\(NumberText.grouped(layout.count)): choose lower ranks"
        }
    }
}

extension Workbench {
    /// What is probably not meant by a recipe, in one line; nil where all is well.
    func warning(of recipe: Recipe, _ plans: [LayerPlan]) -> String? {
        var lines = recipe.warnings(for: model, sha256: digest).map(\.message)
        if plans.contains(where: { $0.factorize != nil }), let shapes = try? composer.compose(plans, patience: .none) {
            lines += composer.rankWarnings(shapes)
        }
        guard let first = lines.first else { return nil }
        return lines.count == 1 ? first : "\(first) (and \(lines.count - 1) more: pare estimate lists them)"
    }
}
