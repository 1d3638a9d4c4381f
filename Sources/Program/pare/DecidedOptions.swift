import ArgumentParser
import Compression
import Recipes
import Search

/// What is decided of layers before a search.
struct DecidedOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "A recipe: the layers that it changes or ignores have what it says, and the others are searched.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(help: "A layer that stays as it is, or re: and a pattern that its name matches; may be repeated.")
    var keep: [String] = []

    /// What the search may change.
    func scope(of opened: Opening.Configuration) throws(Failure) -> SearchScope {
        var plans = opened.plans
        // How the numbers beside a layer are written is no stage of a search.
        var kept = Set(plans.indices.filter { plans[$0] != LayerPlan(rest: plans[$0].rest) })
        for text in keep {
            let ignoring = Recipe(ignore: [IgnoreRule(selector: LayerSelector(text: text))])
            let named = try Opening.attempt { try ignoring.plans(for: opened.model) }
            let layers = named.indices.filter { named[$0] == Recipe.ignoredPlan }
            guard !layers.isEmpty else { throw Failure("--keep \(text): no layer of \(opened.model.name) is called so") }
            for layer in layers { plans[layer] = Recipe.ignoredPlan }
            kept.formUnion(layers)
        }
        return SearchScope(of: opened.model, plans: plans, keeping: kept)
    }
}
