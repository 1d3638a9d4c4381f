import Compression
import TextFormats
import Yams

extension Recipe {
    /// The sections; what only programs note is not offered to persons.
    static let keys = KeyTable<RecipeKey<Recipe>>(
        [
            RecipeKey("pare") { (_, _) throws(RecipeError) in
            } write: { _ in
                .word("1")
            },
            RecipeKey("model") { (tree, recipe) throws(RecipeError) in
                var model = ModelReference()
                try ModelReference.keys.read(tree, into: &model, section: "model")
                recipe.model = model
            } write: { recipe in
                recipe.model.flatMap { $0 == ModelReference() ? nil : ModelReference.keys.node($0) }
            },
            RecipeKey("global") { (tree, recipe) throws(RecipeError) in
                let rest = recipe.global.rest
                recipe.global = try RecipeReader.plan(tree, section: "global")
                recipe.global.rest = recipe.global.rest ?? rest
            } write: {
                $0.global.isEmpty ? nil : PartialPlan.keys.node($0.global)
            },
            RecipeKey("types") { (tree, recipe) throws(RecipeError) in
                recipe.types = try RecipeReader.types(tree)
            } write: { recipe in
                recipe.types.isEmpty ? nil : .mapping(recipe.types.map { ($0.operation, PartialPlan.keys.node($0.plan)) }, in: .block)
            },
            RecipeKey("layers") { (tree, recipe) throws(RecipeError) in
                recipe.layers = try RecipeReader.layers(tree)
            } write: { recipe in
                recipe.layers.isEmpty
                    ? nil : .mapping(recipe.layers.map { ($0.selector.text, PartialPlan.keys.node($0.plan)) }, in: .block)
            },
            RecipeKey("ignore") { (tree, recipe) throws(RecipeError) in
                recipe.ignore = try RecipeReader.ignore(tree)
            } write: { recipe in
                let names = recipe.ignore.map { Node.text($0.selector.text) }
                return names.isEmpty ? nil : .sequence(.init(names, Tag(.seq, .basic), names.count > 4 ? .block : .flow))
            },
            // Another way to say `global: {rest: …}`, which stands above it.
            RecipeKey("rest") { (tree, recipe) throws(RecipeError) in
                let rest: StageChange<RestRule> = tree.word == "none" ? .off : .set(try RestKeys.rule(tree))
                recipe.global.rest = recipe.global.rest ?? rest
            } write: { _ in
                nil
            },
            RecipeKey("reconstruct") { (tree, recipe) throws(RecipeError) in
                guard tree.word != "none" else { return recipe.reconstruct = nil }
                var rule = ReconstructRule()
                try ReconstructRule.keys.readMapping(tree, into: &rule, section: "reconstruct") { "none or \($0)" }
                recipe.reconstruct = rule
            } write: {
                $0.reconstruct.map(ReconstructRule.keys.node)
            },
            RecipeKey("found", \.found, .text("how a search found it")),
            RecipeKey("fitted") { (tree, recipe) throws(RecipeError) in
                recipe.fitted = try LearningRecord(tree, section: "fitted")
            } write: {
                $0.fitted.map(LearningRecord.keys.node)
            },
            RecipeKey("trained") { (tree, recipe) throws(RecipeError) in
                recipe.trained = try LearningRecord(tree, section: "trained")
            } write: {
                $0.trained.map(LearningRecord.keys.node)
            },
        ], unlisted: ["found", "fitted", "trained"])
}

extension ModelReference {
    static let keys = KeyTable<RecipeKey<ModelReference>>(
        RecipeKey("path", \.path, .text("a file's path")), RecipeKey("sha256", \.sha256, .digest))
}

extension ReconstructRule {
    static let keys = KeyTable<RecipeKey<ReconstructRule>>(
        RecipeKey("samples", \.samples, .whole(1...1_000_000)), RecipeKey("ridge", \.ridge, .real()),
        RecipeKey("seed", \.seed, .seed, unless: 0), RecipeKey("feedback", \.feedback, .flag, unless: true))
}

extension LearningRecord {
    static let keys = KeyTable<RecipeKey<LearningRecord>>(
        RecipeKey("data", \.data, .text("a name")), RecipeKey("taken", \.taken, .whole(0...Int(Int32.max))),
        RecipeKey("of", \.of, .whole(0...Int(Int32.max))), RecipeKey("seed", \.seed, .seed),
        RecipeKey("sha256", \.sha256, .digest), RecipeKey("original", \.original, .digest))

    /// `{data: cifar10-test.yaml, taken: 320, of: 2000, seed: 0, sha256: 90ad…}`
    init(_ tree: YAMLTree, section: String) throws(RecipeError) {
        self.init(data: "", taken: 0, of: 0)
        try Self.keys.read(tree, into: &self, section: section)
        guard !data.isEmpty else {
            throw unexpected(tree, field: section, expected: "keys (\(listed(Self.keys.names, "and")))")
        }
    }
}
