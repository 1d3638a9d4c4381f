import Compression
import NeuralNetwork
import Recipes

/// The recipe that a compressed file carries: the plans in their shortest form, and what its weights were fitted to and trained on.
public func recipeText(
    of plans: [LayerPlan], for model: Model, reconstruct: ReconstructRule? = nil, fitted: LearningRecord? = nil,
    trained: LearningRecord? = nil
) throws(RecipeError) -> String {
    var recipe = Recipe(describing: plans, model: model, base: nil)
    (recipe.reconstruct, recipe.fitted, recipe.trained) = (reconstruct, fitted, trained)
    return try recipe.yaml()
}
