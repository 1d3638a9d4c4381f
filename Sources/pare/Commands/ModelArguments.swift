import ArgumentParser
import Compression
import Explorer
import ModelFormats
import NeuralNetwork
import Recipes

/// Opening what the arguments name, with errors turned into lines.
enum Opening {
    static func model(_ path: String) throws(Failure) -> Model {
        do {
            return try ModelFile.open(path: path)
        } catch {
            throw Failure(error.message)
        }
    }

    static func recipe(_ path: String) throws(Failure) -> Recipe {
        do {
            return try RecipeFile.read(path)
        } catch {
            throw Failure(error.message)
        }
    }

    static func plans(of recipe: Recipe, for model: Model) throws(Failure) -> [LayerPlan] {
        do {
            return try recipe.plans(for: model)
        } catch {
            throw Failure(error.message)
        }
    }
}
