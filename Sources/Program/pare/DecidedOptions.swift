import ArgumentParser
import Compression
import Recipes

/// What is decided of layers before a search.
struct DecidedOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "A recipe: the layers that it changes or ignores have what it says, and the others are searched.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(help: "A layer that stays as it is, or re: and a pattern that its name matches; may be repeated.")
    var keep: [String] = []

    /// The plans of layers that the search is not to change.
    func plans(in opened: Opening.Configuration) throws(Failure) -> [Int: LayerPlan] {
        var plans = Dictionary(uniqueKeysWithValues: opened.plans.enumerated().filter { $0.element != LayerPlan() }.map { ($0.offset, $0.element) })
        for text in keep {
            let ignoring = Recipe(ignore: [IgnoreRule(selector: LayerSelector(text: text))])
            let named = try Opening.attempt { try ignoring.plans(for: opened.model) }
            let layers = named.indices.filter { named[$0] == Recipe.ignoredPlan }
            guard !layers.isEmpty else { throw Failure("--keep \(text): no layer of \(opened.model.name) is called so") }
            for layer in layers { plans[layer] = Recipe.ignoredPlan }
        }
        return plans
    }
}
