import Basics
import Compression
import NeuralNetwork
import PareFile
import Recipes
import Search

/// What a search found, counted and judged.
public struct FoundRecipe: Sendable {
    public let network: FoundNetwork
    /// Of its file, as `pare compress` writes it.
    public let account: ModelAccount
    /// On samples that nothing was chosen by.
    public let quality: MeasuredQuality
    /// What was asked for, in words: `1.00 MB`.
    public let budget: String
    public let stages: [SearchStage]
    public let samples: SearchSamples
    public let runs: Int
    /// How its weights are fitted; nil where they are not.
    public let reconstruct: ReconstructRule?

    /// Counts and judges what a search found; with `times` it is timed, too.
    ///
    /// - Throws: `Cancelled`, a `MeasuredQuality.Failure`, or where weights cannot be read.
    public init(
        _ network: FoundNetwork, by search: RecipeSearch, budget: String, seed: UInt64 = 0, isWhole: Bool = true, times: Bool = false,
        progress: (Double, String) -> Void
    ) throws {
        self.network = network
        self.budget = budget
        note = search.note(of: budget, seed: seed, isWhole: isWhole)
        stages = search.stages.sorted()
        samples = search.samples
        runs = search.runs
        reconstruct = search.reconstruct?.rule
        let made = try search.network(network)
        account = try made.estimate { progress($0.fraction, "counting") }.account
        quality = try search.judge(made, times: times) { report in
            progress(Double(report.samples) / Double(max(1, report.total)), "judging")
        }
    }

    /// How it was found, as the recipe says it.
    public let note: String

    /// The recipe as YAML, `lines` as comments at its head.
    ///
    /// - Throws: a `RecipeError` where it has no text.
    public func text(of model: Model, saying lines: [String]) throws(RecipeError) -> String {
        let text = try recipeText(of: network.plans, for: model, reconstruct: reconstruct, found: note)
        guard let end = text.firstIndex(of: "\n") else { return text }
        // What comes from a command line may hold anything.
        let comments = lines.map { "# " + String($0.map { $0.isNewline ? " " : $0 }) }
        return text[...end] + comments.joined(separator: "\n") + "\n" + text[text.index(after: end)...]
    }
}
