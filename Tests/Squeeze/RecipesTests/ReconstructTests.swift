import Recipes
import Testing

@Suite("The reconstruct section")
struct ReconstructTests {
    @Test("Its keys are read, written and kept when plans are described anew")
    func roundTrip() throws {
        let recipe = try Recipe(yaml: "pare: 1\nreconstruct: {samples: 64, ridge: 0.05}")
        #expect(recipe.reconstruct == ReconstructRule(samples: 64, ridge: 0.05))
        let text = try recipe.yaml()
        #expect(text.contains("reconstruct: {samples: 64, ridge: 0.05}"))
        #expect(try Recipe(yaml: text).reconstruct == recipe.reconstruct)
    }

    @Test("The seed that draws the samples, and what a file's weights learned from, are read and written")
    func records() throws {
        let digest = String(repeating: "0e", count: 32)
        var recipe = try Recipe(yaml: "pare: 1\nreconstruct: {samples: 64, seed: 7}")
        #expect(recipe.reconstruct == ReconstructRule(samples: 64, seed: 7))
        recipe.fitted = LearningRecord(data: "a: b.yaml", taken: 96, of: 400, seed: 7, sha256: digest)
        recipe.trained = LearningRecord(data: "random inputs", taken: 0, of: 0, original: digest)
        let again = try Recipe(yaml: try recipe.yaml())
        #expect(again.reconstruct == recipe.reconstruct && again.fitted == recipe.fitted && again.trained == recipe.trained)
        #expect(throws: RecipeError.self) { try Recipe(yaml: "pare: 1\nfitted: {data: a, sha256: 12}") }
        #expect(throws: RecipeError.self) { try Recipe(yaml: "pare: 1\nfitted: {taken: 3}") }
    }

    @Test("Keys that are left out are the usual ones, and none is none")
    func defaults() throws {
        #expect(try Recipe(yaml: "pare: 1\nreconstruct: {ridge: 0.1}").reconstruct == ReconstructRule(samples: 256, ridge: 0.1))
        #expect(try Recipe(yaml: "pare: 1\nreconstruct: none").reconstruct == nil)
        #expect(try Recipe(yaml: "pare: 1").reconstruct == nil)
    }

    @Test(
        "What does not belong there is refused with its line",
        arguments: ["reconstruct: 3", "reconstruct: {samples: 0}", "reconstruct: {ridge: -1}", "reconstruct: {batches: 4}"])
    func faults(_ text: String) {
        let error = #expect(throws: RecipeError.self) { try Recipe(yaml: "pare: 1\n" + text) }
        #expect(error?.place?.line == 2)
    }
}
