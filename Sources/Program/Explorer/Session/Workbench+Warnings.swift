import Composition
import Compression
import NeuralNetwork
import Recipes
import Workbench

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
