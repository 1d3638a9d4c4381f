import Compression
import Testing

@testable import Recipes

@Suite("From a recipe to the plans of a model's layers")
struct ResolutionTests {
    @Test("An empty recipe leaves every layer to the defaults")
    func defaults() throws {
        #expect(try plans("pare: 1") == Array(repeating: LayerPlan(), count: 4))
        #expect(try plans("pare: 1\nlayers:\nignore:\ntypes:\nglobal:") == Array(repeating: LayerPlan(), count: 4))
    }

    @Test("Names override patterns, patterns operators, operators the global plan")
    func precedence() throws {
        let yaml = """
            layers:
              conv1: {prune: {sigma: 4}}
              "re:conv": {prune: {sigma: 3}}
            types:
              Conv: {prune: {sigma: 2}}
              Gemm: {prune: {sigma: 2}}
            global: {prune: {sigma: 1}, share: {clusters: 8}}
            """
        #expect(try plans(yaml).map(\.prune) == [.sigma(4), .sigma(3), .sigma(2), .sigma(2)])
        #expect(try plans(yaml).allSatisfy { $0.share == SharePlan(clusters: 8) })
    }

    @Test("Of two patterns the later in the file overrides")
    func patternOrder() throws {
        let yaml = "layers: {\"re:.*1\": {prune: {sigma: 1}}, \"re:conv\": {prune: {sigma: 2}}}"
        #expect(try plans(yaml).map(\.prune) == [.sigma(2), .sigma(2), .sigma(1), nil])
    }

    @Test("Keys are overridden one by one, a prune rule as a whole")
    func keyByKey() throws {
        let yaml = """
            global: {prune: {sigma: 1}, share: {clusters: 32, init: random, seed: 9}, code: {gapBits: 4, layout: sparse}}
            layers:
              conv2: {share: {clusters: 64}, code: {entropy: none, layout: auto}, prune: {sparsity: 0.5}}
            """
        let plan = try plans(yaml)[1]
        #expect(plan.prune == .sparsity(0.5))
        #expect(plan.share == SharePlan(clusters: 64, method: .random, seed: 9))
        #expect(plan.code == CodePlan(entropy: .none, gapBits: .fixed(4), layout: .automatic))
    }

    @Test("none switches a stage off, and keys after it start afresh")
    func none() throws {
        let yaml = """
            global: {prune: {sigma: 1}, share: {clusters: 32, init: optimal}}
            types: {Conv: {prune: none, share: none}}
            layers: {conv2: {share: {clusters: 4}}}
            """
        let resolved = try plans(yaml)
        #expect(resolved[0] == LayerPlan())
        #expect(resolved[1] == LayerPlan(share: SharePlan(clusters: 4)))
        #expect(resolved[2].share?.method == .optimal)
    }

    @Test("Keys of share may wait for a later level's clusters")
    func clustersLater() throws {
        let yaml = "global: {share: {init: optimal}}\ntypes: {Conv: {share: {clusters: 5}}, Gemm: {share: {clusters: 6}}}"
        #expect(try plans(yaml).map { $0.share?.clusters } == [5, 5, 6, 6])
    }

    @Test("A pattern matches from the start of the name, with a dollar sign all of it")
    func patternAnchors() throws {
        let layers = model([("fc", "Gemm"), ("fc1", "Gemm"), ("my_fc", "Gemm")])
        func pruned(_ pattern: String) throws -> [Bool] {
            try plans("layers: {'\(pattern)': {prune: {sigma: 1}}}", for: layers).map { $0.prune != nil }
        }
        #expect(try pruned("re:fc") == [true, true, false])
        #expect(try pruned("re:fc$") == [true, false, false])
        #expect(try pruned("re:.*fc") == [true, true, true])
        #expect(try pruned(#"re:fc\d"#) == [false, true, false])
        #expect(try pruned("re:(?i)FC|my") == [true, true, true])
    }

    @Test("Ignored layers are stored as they came, whatever the rules say")
    func ignore() throws {
        let yaml = """
            global: {prune: {sigma: 1}, code: {entropy: none}}
            layers: {conv1: {prune: {sigma: 2}}}
            ignore: [conv1, "re:fc"]
            """
        let resolved = try plans(yaml)
        #expect(resolved[0] == LayerPlan(code: CodePlan(layout: .raw)))
        #expect(resolved[1] == LayerPlan(prune: .sigma(1), code: CodePlan(entropy: .none)))
        #expect(resolved[2] == Recipe.ignoredPlan && resolved[3] == Recipe.ignoredPlan)
    }

    @Test("Tensors that are no layers may be ignored, and a single name needs no list")
    func ignoredTensors() throws {
        #expect(try plans("ignore: [\"re:.*bias\", conv1.bias, \"re:nothing\"]") == plans("pare: 1"))
        #expect(try plans("ignore: fc2")[3] == Recipe.ignoredPlan)
    }

    @Test("Names are what is written, though YAML takes them for numbers, truths or nothing")
    func scalarNames() throws {
        let odd = model([("12", "Conv"), ("true", "Conv"), ("~", "Conv"), ("", "Conv"), ("1e3", "Conv"), ("re:x", "Conv")])
        let yaml = """
            layers: {12: {prune: {sigma: 1}}, true: {prune: {sigma: 2}}, ~: {prune: {sigma: 3}},
              '': {prune: {sigma: 4}}, 1e3: {prune: {sigma: 5}}, 'name:re:x': {prune: {sigma: 6}}}
            """
        let expected = (1...6).map { PruneRule.sigma(Double($0)) }
        #expect(try plans(yaml, for: odd).map(\.prune) == expected)
    }

    @Test(
        "Numbers are read in every decimal form",
        arguments: [
            ("1", 1.0), ("0.012", 0.012), (".5", 0.5), ("1.", 1), ("+2", 2), ("1e-3", 0.001), ("1.5E+2", 150), ("0", 0),
            ("5e-324", .leastNonzeroMagnitude), ("-0.0", 0),
        ])
    func numbers(text: String, value: Double) throws {
        #expect(try plans("global: {prune: {threshold: \(text)}}")[0].prune == .threshold(value))
    }

    @Test("Operators that the model lacks are no fault, but worth a word")
    func absentOperators() throws {
        let recipe = try Recipe(yaml: "types:\n  LSTM: {prune: {sigma: 1}}", path: "r.yaml")
        #expect(try recipe.plans(for: small) == plans("pare: 1"))
        #expect(recipe.warnings(for: small).map(\.message) == ["r.yaml: googlenet.onnx has no LSTM layers (line 2)"])
    }

    @Test("Names and patterns find a layer by whatever else it is called, its own name first")
    func otherNames() throws {
        var renamed = small
        renamed.layers[0].name = "features.0"
        renamed.layers[0].otherNames = ["node_Conv_12", "features.0.weight"]
        renamed.layers[1].otherNames = ["features.0"]
        for name in ["features.0", "node_Conv_12", "features.0.weight", "re:node_Conv"] {
            let found = try plans("layers: {'\(name)': {prune: {sigma: 1}}}", for: renamed)
            #expect(found.map { $0.prune != nil } == [true, false, false, false], "\(name)")
        }
        #expect(try plans("ignore: [node_Conv_12]", for: renamed)[0] == Recipe.ignoredPlan)
        let pruned = try plans("layers: {node_Conv_12: {prune: {sigma: 1}}}", for: renamed)
        #expect(Recipe(describing: pruned, model: renamed).layers.map(\.selector) == [.name("features.0")])
    }

    @Test("What is probably not meant is warned of")
    func warnings() throws {
        let digest = String(repeating: "ab", count: 32)
        let yaml = """
            model: {path: ../lenet5.onnx, sha256: \(digest.uppercased())}
            layers: {conv1: {prune: none}}
            ignore: ["re:conv", "re:.*bias", "re:norm"]
            """
        let recipe = try Recipe(yaml: yaml)
        #expect(recipe.warnings(for: small, sha256: digest).count == 2)
        #expect(
            recipe.warnings(for: small, sha256: "00").map(\.message) == [
                "made for another ../lenet5.onnx: its sha256 differs",
                "re:norm matches nothing in googlenet.onnx (line 3)",
                "the rule of conv1 has no effect, the layer is ignored (line 2)",
            ])
    }
}
