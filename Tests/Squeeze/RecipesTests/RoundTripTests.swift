import Basics
import Compression
import NeuralNetwork
import Testing

@testable import Recipes

@Suite("From plans to a recipe and back")
struct RoundTripTests {
    /// Describes plans, reads the text back and resolves it; nil where the text differs when it is written again.
    private func roundTrip(_ plans: [LayerPlan], _ model: Model, base: Recipe? = nil) throws -> [LayerPlan]? {
        let recipe = Recipe(describing: plans, model: model, base: base)
        let text = try recipe.yaml()
        let readBack = try Recipe(yaml: text)
        #expect(try recipe.plans(for: model) == plans)
        guard try readBack.yaml() == text else {
            Issue.record("written anew, the text differs:\n\(text)\n\(try readBack.yaml())")
            return nil
        }
        return try readBack.plans(for: model)
    }

    @Test("Any plans of any layers, whatever their names, come back as they were", arguments: 0..<300 as Range<UInt64>)
    func property(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let model = RandomRecipes.model(using: &random)
        let first = RandomRecipes.plans(count: model.layers.count, using: &random)
        #expect(try roundTrip(first, model) == first)
        // What is saved becomes the base of what is saved next.
        let base = Recipe(describing: first, model: model)
        var second = first
        for _ in 0..<Int.random(in: 0...4, using: &random) where !second.isEmpty {
            second[Int.random(in: second.indices, using: &random)] = RandomRecipes.plan(using: &random)
        }
        #expect(try roundTrip(second, model, base: base) == second)
        #expect(try roundTrip(RandomRecipes.plans(count: first.count, using: &random), model, base: base) != nil)
    }

    @Test("A base with levels, patterns and ignored layers keeps none of them wrongly", arguments: 0..<300 as Range<UInt64>)
    func handWrittenBase(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let model = RandomRecipes.model(using: &random)
        let base = RandomRecipes.recipe(for: model, using: &random)
        var wanted = (try? base.plans(for: model)) ?? RandomRecipes.plans(count: model.layers.count, using: &random)
        #expect(try roundTrip(wanted, model, base: base) == wanted)
        for index in wanted.indices where Int.random(in: 0..<3, using: &random) == 0 {
            wanted[index] = RandomRecipes.plan(using: &random)
        }
        #expect(try roundTrip(wanted, model, base: base) == wanted)
    }

    @Test("What most layers share is said once")
    func levels() throws {
        let pruned = LayerPlan(prune: .sparsity(0.9), share: SharePlan(clusters: 16))
        var finer = pruned
        finer.share?.set(clusters: 256)
        var odd = finer
        odd.prune = .threshold(0.00001)
        odd.code = CodePlan(entropy: .none, gapBits: .fixed(4), layout: .sparse)
        let model = model([
            ("conv1", "Conv"), ("conv2", "Conv"), ("conv3", "Conv"), ("conv4", "Conv"),
            ("fc1", "Gemm"), ("fc2", "Gemm"), ("fc3", "Gemm"), ("fc4", "Gemm"), ("fc5", "Gemm"), ("fc6", "Gemm"),
        ])
        let plans = [Recipe.ignoredPlan, finer, finer, odd] + Array(repeating: pruned, count: 5) + [LayerPlan()]
        let recipe = Recipe(
            describing: plans, model: model,
            reference: ModelReference(path: "my models/a.onnx", sha256: String(repeating: "7", count: 64)))
        #expect(
            try recipe.yaml() == """
                # A recipe of Pare: what becomes of each layer's weights.
                pare: 1
                model: {path: my models/a.onnx, sha256: '\(String(repeating: "7", count: 64))'}
                global: {prune: {sparsity: 0.9}, share: {clusters: 16}}
                types:
                  Conv: {share: {clusters: 256}}
                layers:
                  conv4: {prune: {threshold: 1.0e-05}, code: {entropy: none, gapBits: 4, layout: sparse}}
                  fc6: {prune: none, share: none}
                ignore: [conv1]

                """)
        #expect(try roundTrip(plans, model) == plans)
    }

    @Test("One layer's change is one line, and an untouched model no rule at all")
    func fewRules() throws {
        var plans = Array(repeating: LayerPlan(), count: 4)
        let header = "# A recipe of Pare: what becomes of each layer's weights.\npare: 1\nmodel: {path: googlenet.onnx}\n"
        #expect(try Recipe(describing: plans, model: small).yaml() == header)
        plans[2].prune = .sigma(1)
        #expect(
            try Recipe(describing: plans, model: small).yaml() == header + "layers:\n  fc1: {prune: {sigma: 1.0}}\n")
    }

    @Test("Names are quoted where a reader could take them for something else, and only there")
    func quoting() throws {
        let names = [
            "inception_3a/3x3", "3x3", "/conv/Conv_0:0", "12", "1e5", "yes", "a: b", "a #b", "#a", " a", "a'b", "\"", "",
            "Ünïcode 層", "re:conv", "name:x", "-", "a\nb", "\u{7}", "[a]", "a, b", "~",
        ]
        let plans = names.enumerated().map { LayerPlan(prune: .sigma(Double($0.offset))) }
        let model = model(names.map { ($0, "Conv") })
        let text = try Recipe(describing: plans, model: model).yaml()
        let keys = text.split(separator: "\n").drop { $0 != "layers:" }.dropFirst()
            .map { $0.prefix { $0 != "{" }.trimmingSuffix() }
        #expect(
            keys == [
                "  inception_3a/3x3:", "  3x3:", "  /conv/Conv_0:0:", "  '12':", "  '1e5':", "  'yes':", "  'a: b':",
                "  'a #b':", "  '#a':", "  ' a':", "  a'b:", "  '\"':", "  '':", "  Ünïcode 層:", "  name:re:conv:",
                "  name:name:x:", "  '-':", "  ? \"a\\nb\"", "  :", "  \"\\a\":", "  '[a]':", "  a, b:", "  '~':",
            ])
        #expect(try Recipe(yaml: text).plans(for: model) == plans)
    }

    @Test("What was opened keeps its levels, patterns and order; single layers get rules of their own")
    func keepsBase() throws {
        let base = try Recipe(
            yaml: """
                pare: 1
                model: {path: ../models/googlenet.onnx}
                global: {share: {clusters: 32, init: linear}}
                types:
                  Conv: {share: {clusters: 64}}
                  LSTM: {prune: none}
                layers:
                  fc2: {prune: {sigma: 2}}
                  "re:conv": {prune: {sparsity: 0.5}}
                  conv2: {prune: {sparsity: 0.75}, share: {init: linear}}
                ignore: ["re:.*bias", fc1]
                """)
        var plans = try base.plans(for: small)
        plans[0].share?.set(clusters: 128)
        plans[2] = LayerPlan(share: SharePlan(clusters: 32))
        #expect(
            try Recipe(describing: plans, model: small, base: base).yaml() == """
                # A recipe of Pare: what becomes of each layer's weights.
                pare: 1
                model: {path: ../models/googlenet.onnx}
                global: {share: {clusters: 32, init: linear}}
                types:
                  Conv: {share: {clusters: 64}}
                  LSTM: {prune: none}
                layers:
                  fc2: {prune: {sigma: 2.0}}
                  re:conv: {prune: {sparsity: 0.5}}
                  conv2: {prune: {sparsity: 0.75}, share: {init: linear}}
                  conv1: {share: {clusters: 128}}
                ignore: ['re:.*bias']

                """)
    }

    @Test("A base for another model gives way where it does not fit")
    func foreignBase() throws {
        let base = try Recipe(
            yaml: """
                model: {path: lenet5.onnx}
                types: {Custom: {prune: none}}
                layers: {ip1: {prune: {sigma: 1}}, "re:ip": {prune: {sigma: 2}}, conv1: {prune: {sigma: 3}}}
                ignore: [ip2]
                """)
        var wanted = Array(repeating: LayerPlan(), count: 4)
        wanted[0].prune = .sigma(3)
        let recipe = Recipe(describing: wanted, model: small, base: base)
        #expect(try recipe.plans(for: small) == wanted)
        #expect(recipe.model?.path == "googlenet.onnx")
    }
}

extension Substring {
    fileprivate func trimmingSuffix() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
