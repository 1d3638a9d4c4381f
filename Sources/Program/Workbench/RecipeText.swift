import Compression
import NeuralNetwork
import Recipes

/// The recipe that a compressed file carries: the plans in their shortest form, how a search found them, and what its weights were fitted to and trained on.
public func recipeText(
    of plans: [LayerPlan], for model: Model, reconstruct: ReconstructRule? = nil, found: String? = nil, fitted: LearningRecord? = nil,
    trained: LearningRecord? = nil
) throws(RecipeError) -> String {
    var recipe = Recipe(describing: plans, model: model, base: nil)
    (recipe.reconstruct, recipe.found, recipe.fitted, recipe.trained) = (reconstruct, found, fitted, trained)
    return try recipe.yaml()
}
