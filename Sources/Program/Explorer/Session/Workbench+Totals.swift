import Composition
import Compression
import NeuralNetwork
import PareFile
import Recipes
import Workbench

extension Workbench {
    /// Bytes of the file that would be written, recipe and header included.
    func compressedByteCount(_ request: TotalsRequest) -> Int {
        let recipe = recipeText(of: request.plans, for: model)
        return ModelAccount(
            model: request.shapes.model, contents: contents(of: request.shapes), layers: request.accounts, recipe: recipe
        ).compressedByteCount
    }
}
