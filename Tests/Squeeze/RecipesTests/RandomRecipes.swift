import Basics
import Compression
import NeuralNetwork

@testable import Recipes

/// Models, plans and recipes to try, the same for the same seed.
enum RandomRecipes {
    static func model(using random: inout SeededRandom) -> Model {
        var names: Set<String> = []
        for _ in 0..<Int.random(in: 0...25, using: &random) { names.insert(name(using: &random)) }
        // Sets have no order that lasts from one run to the next.
        return RecipesTests.model(
            names.sorted().map { ($0, ["Conv", "Gemm", "MatMul", "Custom"].randomElement(using: &random) ?? "Conv") })
    }

    /// Ordinary names, and what YAML, regular expressions and people find hard.
    static func name(using random: inout SeededRandom) -> String {
        let pieces = [
            "conv", "fc", "layer4.1", "inception_3a/", "3x3", "0", "12", "1e5", ".5", "-", "_", "/", ":", ": ", " #", "#", "'",
            "\"", "\\", "[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "%", "@", "`", "?", "? ", "- ", "re:", "name:", "~",
            "null", "yes", "Off", "true", "<<", "=", ".inf", "2001-01-01", "é", "e\u{301}", "層", "🧠", "\u{202E}", "\u{0}", "\n",
            "\r\n", "\t", " ", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{E000}", "\u{FFFD}", "---", "...", "%YAML", "(a+",
            "\u{1B}[0m", String(repeating: "long", count: 40), String(repeating: "very long ", count: 120),
        ]
        var name = ""
        for _ in 0..<Int.random(in: 0...4, using: &random) { name += pieces.randomElement(using: &random) ?? "" }
        return name
    }

    static func plans(count: Int, using random: inout SeededRandom) -> [LayerPlan] {
        // Few different ones, so that levels above the layers are worth it.
        let choices = (0..<Int.random(in: 1...4, using: &random)).map { _ in plan(using: &random) }
        return (0..<count).map { _ in choices.randomElement(using: &random) ?? LayerPlan() }
    }

    static func plan(using random: inout SeededRandom) -> LayerPlan {
        if Int.random(in: 0..<6, using: &random) == 0 { return Recipe.ignoredPlan }
        var plan = LayerPlan(prune: prune(using: &random), code: code(using: &random))
        if Bool.random(using: &random) {
            plan.share = SharePlan(
                clusters: [1, 2, 16, 256, 65_535].randomElement(using: &random) ?? 1,
                method: SharingMethod.allCases.randomElement(using: &random) ?? .linear,
                seed: [0, 0, 7, UInt64.max].randomElement(using: &random) ?? 0)
        }
        return structured(plan, using: &random)
    }

    /// The plan with filters, factors and what is said of single factors.
    private static func structured(_ plan: LayerPlan, using random: inout SeededRandom) -> LayerPlan {
        var plan = plan
        if Bool.random(using: &random) {
            let amounts: [FilterAmount] = [.keep(1), .keep(40), .fraction(0.75), .fraction(1), .fraction(1e-5)]
            plan.filters = FilterRule(
                amounts.randomElement(using: &random) ?? .keep(1),
                by: FilterCriterion.allCases.randomElement(using: &random) ?? .l1)
        }
        if Bool.random(using: &random) {
            plan.factorize = [.automatic, .energy(0.925), .rank(12), .tucker(out: 20, in: 1)].randomElement(using: &random)
        }
        for role in FactorRole.allCases where Int.random(in: 0..<3, using: &random) == 0 {
            let own = LayerPlan(
                prune: prune(using: &random), share: Bool.random(using: &random) ? nil : SharePlan(clusters: 4),
                code: code(using: &random))
            // What says the same as the layer says nothing.
            if own != plan.weightPlan() { plan.factors[role] = own }
        }
        if Bool.random(using: &random) { plan.rest = RestRule(bits: [4, 16, 24, 32].randomElement(using: &random) ?? 16) }
        return plan
    }

    private static func prune(using random: inout SeededRandom) -> PruneRule? {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .threshold(Double.random(in: 0...0.1, using: &random))
        case 1: .threshold(Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &random)))
        case 2: .sparsity(Double.random(in: 0...1, using: &random))
        case 3: .sparsity(Double(Int.random(in: 0...10, using: &random)) / 10)
        case 4: .sigma(Double.random(in: 0...1e20, using: &random))
        default: nil
        }
    }

    private static func code(using random: inout SeededRandom) -> CodePlan {
        guard Bool.random(using: &random) else { return CodePlan() }
        return CodePlan(
            entropy: EntropyCoder.allCases.randomElement(using: &random) ?? .huffman,
            gapBits: Bool.random(using: &random) ? .automatic : .fixed(Int.random(in: 1...16, using: &random)),
            layout: LayoutChoice.allCases.randomElement(using: &random) ?? .automatic)
    }

    // MARK: Recipes as a person might have written them

    static func recipe(for model: Model, using random: inout SeededRandom) -> Recipe {
        var recipe = Recipe(global: partial(using: &random))
        for operation in ["Conv", "Gemm", "LSTM", "Custom"] where Bool.random(using: &random) {
            recipe.types.append(TypeRule(operation: operation, plan: partial(using: &random)))
        }
        for layer in model.layers where Int.random(in: 0..<3, using: &random) == 0 {
            recipe.layers.append(LayerRule(selector: .name(layer.name), plan: partial(using: &random)))
        }
        for pattern in [".", "c", ".*[0-9]", "(?i)F", "nothing at all"] where Int.random(in: 0..<3, using: &random) == 0 {
            let rule = LayerRule(selector: .pattern(pattern), plan: partial(using: &random))
            recipe.layers.insert(rule, at: Int.random(in: 0...recipe.layers.count, using: &random))
        }
        for layer in model.layers where Int.random(in: 0..<6, using: &random) == 0 {
            recipe.ignore.append(IgnoreRule(selector: .name(layer.name)))
        }
        if Bool.random(using: &random) { recipe.ignore.append(IgnoreRule(selector: .pattern("f"))) }
        return recipe
    }

    private static func partial(using random: inout SeededRandom) -> PartialPlan {
        let full = plan(using: &random)
        var partial = PartialPlan()
        if Bool.random(using: &random) { partial.filters = full.filters.map { .set($0) } ?? .off }
        if Bool.random(using: &random) { partial.factorize = full.factorize.map { .set($0) } ?? .off }
        for role in FactorRole.allCases {
            guard let own = full.factors[role], Bool.random(using: &random) else { continue }
            var said = PartialPlan()
            said.prune = own.prune.map { .set($0) } ?? .off
            said.share = own.share.map { share in .set(PartialShare { $0.clusters = share.clusters }) } ?? .off
            partial.factors[role] = said
        }
        if Bool.random(using: &random) { partial.prune = full.prune.map { .set($0) } ?? .off }
        if Bool.random(using: &random), let share = full.share {
            partial.share = .set(
                PartialShare { keys in
                    keys.clusters = Bool.random(using: &random) ? share.clusters : nil
                    keys.method = Bool.random(using: &random) ? share.method : nil
                    keys.step = share.step != nil && Bool.random(using: &random) ? share.step : nil
                    keys.seed = Bool.random(using: &random) ? share.seed : nil
                })
        } else if Int.random(in: 0..<4, using: &random) == 0 {
            partial.share = .off
        }
        if Bool.random(using: &random) { partial.code.entropy = full.code.entropy }
        if Bool.random(using: &random) { partial.code.gapBits = full.code.gapBits }
        if Bool.random(using: &random) { partial.code.layout = full.code.layout }
        return partial
    }
}

extension PartialShare {
    init(_ set: (inout PartialShare) -> Void) {
        self.init()
        set(&self)
    }
}
