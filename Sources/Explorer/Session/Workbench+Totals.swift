import Composition
import Compression
import NeuralNetwork
import PareFile
import Recipes

extension Workbench {
    /// Bytes of the file that would be written, recipe and header included.
    func compressedByteCount(_ request: TotalsRequest) -> Int {
        let recipe = recipeText(of: request.plans, for: model)
        return ModelAccount(
            model: request.shapes.model, contents: contents(of: request.shapes), layers: request.accounts, recipe: recipe
        ).compressedByteCount
    }
}

/// The recipe that a compressed file carries: the plans in their shortest form, and what its weights were fitted to and trained on.
func recipeText(
    of plans: [LayerPlan], for model: Model, reconstruct: ReconstructRule? = nil, fitted: LearningRecord? = nil,
    trained: LearningRecord? = nil
) -> String {
    var recipe = Recipe(describing: plans, model: model, base: nil)
    (recipe.reconstruct, recipe.fitted, recipe.trained) = (reconstruct, fitted, trained)
    // Plans made of numbers always have a text; the empty one stands for none.
    return (try? recipe.yaml()) ?? ""
}
