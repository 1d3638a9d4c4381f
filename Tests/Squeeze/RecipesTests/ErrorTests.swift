import Testing

@testable import Recipes

@Suite("What a faulty recipe is told")
struct ErrorTests {
    @Test(
        "Each fault has one line with its place and what would be right",
        arguments: [
            ("", "the recipe is empty; it starts with pare: 1"),
            ("# nothing but a comment\n", "the recipe is empty; it starts with pare: 1"),
            ("~", "the recipe is empty; it starts with pare: 1"),
            ("just text", "a recipe must be keys with values, found \"just text\" (line 1)"),
            ("[1, 2]", "a recipe must be keys with values, found a list (line 1)"),
            ("pare: 2\nstages: []", "a recipe of version 2, of which this Pare reads only 1 (line 1)"),
            ("pare: \"1\"", "a recipe of version 1, of which this Pare reads only 1 (line 1)"),
            ("pare: 1\nglobl: {}", "unknown key globl in the recipe (line 2); did you mean global?"),
            (
                "pare: 1\nrules: {}",
                "unknown key rules in the recipe (line 2); known are pare, model, global, types, layers, ignore, rest and reconstruct"
            ),
            ("pare: 1\nmodel: {sha: 12}", "unknown key sha in model (line 2); did you mean sha256?"),
            ("pare: 1\nmodel: {sha256: 12}", "sha256 must be 64 hexadecimal digits, found 12 (line 2)"),
            ("pare: 1\nmodel: {path: [a]}", "path must be a file's path, found a list (line 2)"),
            ("global: {prnue: none}", "unknown key prnue in global (line 1); did you mean prune?"),
            ("global: 5", "global must be keys with values, found 5 (line 1)"),
            (
                "global: {prune: 0.9}",
                "prune must be none or one of threshold, sparsity and sigma, found 0.9 (line 1)"
            ),
            ("global: {prune: }", "prune must be none or one of threshold, sparsity and sigma, found nothing (line 1)"),
            ("global: {prune: {}}", "prune must be none or one of threshold, sparsity and sigma, found no key (line 1)"),
            (
                "global:\n  prune:\n    sigma: 1\n    sparsity: 0.5",
                "prune must be none or one of threshold, sparsity and sigma, found sigma and sparsity (line 4)"
            ),
            ("global: {prune: {sparse: 1}}", "unknown key sparse in prune (line 1); known are threshold, sparsity and sigma"),
            ("global: {prune: {sparsity: 90}}", "sparsity must be a number from 0 to 1, found 90 (line 1)"),
            ("global: {prune: {sparsity: 90%}}", "sparsity must be a number from 0 to 1, found 90% (line 1)"),
            ("global: {prune: {sparsity: -0.1}}", "sparsity must be a number from 0 to 1, found -0.1 (line 1)"),
            ("global: {prune: {sparsity: .nan}}", "sparsity must be a number from 0 to 1, found .nan (line 1)"),
            ("global: {prune: {sparsity: nan}}", "sparsity must be a number from 0 to 1, found nan (line 1)"),
            ("global: {prune: {sparsity: \"0.5\"}}", "sparsity must be a number from 0 to 1, found the text \"0.5\" (line 1)"),
            ("global: {prune: {sigma: .inf}}", "sigma must be a number that is not negative, found .inf (line 1)"),
            ("global: {prune: {sigma: 1e999}}", "sigma must be a number that is not negative, found 1e999 (line 1)"),
            ("global: {prune: {sigma: 0x10}}", "sigma must be a number that is not negative, found 0x10 (line 1)"),
            ("global: {prune: {threshold: -1}}", "threshold must be a number that is not negative, found -1 (line 1)"),
            ("global: {prune: {threshold: [1]}}", "threshold must be a number that is not negative, found a list (line 1)"),
            ("global: {share: 16}", "share must be none or keys (clusters, step, lambda, init and seed), found 16 (line 1)"),
            ("global: {share: {cluster: 16}}", "unknown key cluster in share (line 1); did you mean clusters?"),
            ("global: {share: {bits: 4}}", "unknown key bits in share (line 1); known are clusters, step, lambda, init and seed"),
            ("global: {share: {clusters: 0}}", "clusters must be a whole number from 1 to 65535, found 0 (line 1)"),
            ("global: {share: {clusters: 65536}}", "clusters must be a whole number from 1 to 65535, found 65536 (line 1)"),
            ("global: {share: {clusters: 16.0}}", "clusters must be a whole number from 1 to 65535, found 16.0 (line 1)"),
            ("global: {share: {clusters: 016}}", "clusters must be a whole number from 1 to 65535, found 016 (line 1)"),
            (
                "global: {share: {clusters: 99999999999999999999}}",
                "clusters must be a whole number from 1 to 65535, found 99999999999999999999 (line 1)"
            ),
            (
                "global: {share: {clusters: 4, init: kmeans++}}",
                "init must be linear, density, random, optimal, entropy or trellis, found kmeans++ (line 1)"
            ),
            (
                "global: {share: {clusters: 4, seed: -1}}",
                "seed must be a whole number from 0 to 18446744073709551615, found -1 (line 1)"
            ),
            ("global: {share: {init: optimal}}", "share of layer conv1 has no clusters; say how many, or share: none"),
            (
                "types:\n  Gemm: {share: {init: optimal}}",
                "share of layer fc1 has no clusters (line 2); say how many, or share: none"
            ),
            ("global: {code: none}", "code must be keys (entropy, gapBits and layout), found none (line 1)"),
            ("global: {code: {entropy: gzip}}", "entropy must be none, huffman, range, context or auto, found gzip (line 1)"),
            ("global: {code: {gap_bits: 4}}", "unknown key gap_bits in code (line 1); did you mean gapBits?"),
            ("global: {code: {gapBits: 0}}", "gapBits must be auto or a whole number from 1 to 16, found 0 (line 1)"),
            ("global: {code: {gapBits: 17}}", "gapBits must be auto or a whole number from 1 to 16, found 17 (line 1)"),
            ("global: {code: {layout: csr}}", "layout must be auto, sparse, dense or raw, found csr (line 1)"),
            ("layers:\n  conv2:\n    filters: {by: l2}", "filters must be keep or fraction, found neither (line 3)"),
            ("layers:\n  conv2:\n    filters: {keep: 4, fraction: 0.5}", "filters must be keep or fraction, found both (line 3)"),
            (
                "layers:\n  conv2:\n    filters: {keep: 0}",
                "keep must be a whole number from 1 to 2147483647, found 0 (line 3)"
            ),
            (
                "layers:\n  conv2:\n    factorize: {ranks: [1, 2, 3]}",
                "ranks must be auto, {energy: 0.9}, a number, or two of them [out, in], found 3 items (line 3)"
            ),
            ("global: {factorize: {ranks: {energy: 90}}}", "energy must be a number from 0 to 1, found 90 (line 1)"),
            ("global: {factorize: {ranks: 4, norm: l2}}", "norm must be weights or data, found l2 (line 1)"),
            (
                "global: {factorize: {norm: data}}",
                "factorize must be none or {ranks: auto}, {ranks: {energy: 0.9}}, {ranks: 12} or {ranks: [20, 12]}, found keys with values (line 1)"
            ),
            ("global: {factorize: {ranks: {power: 0.9}}}", "unknown key power in ranks (line 1); known is energy"),
            (
                "layers:\n  conv2:\n    factors: {core: {filters: {keep: 4}}}",
                "unknown key filters in the factor core (line 3); known are prune, share and code"
            ),
            ("types: {conv: {}}", "no operator conv in googlenet.onnx (line 1); did you mean Conv?"),
            ("types: {Softmax: {}}", "no operator Softmax in googlenet.onnx (line 1)"),
            ("\n\nlayers:\n  conv22: {prune: none}", "no layer conv22 in googlenet.onnx (line 4); did you mean conv2?"),
            ("layers: {\"two words\": {}}", "no layer \"two words\" in googlenet.onnx (line 1)"),
            ("layers: {conv.*: {}}", "no layer conv.* in googlenet.onnx (line 1); a pattern starts with re:"),
            (
                "layers: {\"re:covn1\": {}}",
                "re:covn1 matches no layer of googlenet.onnx (line 1); the nearest name is conv1"
            ),
            ("layers: {conv1: {}, \"name:conv1\": {}}", "name:conv1 is given twice (line 1); keep one of them"),
            ("layers:\n  conv1: {}\n  conv1: {}", "conv1 is given twice (line 2); keep one of them"),
            ("pare: 1\npare: 1", "pare is given twice (line 1); keep one of them"),
            ("layers: {? [a] : {}}", "a key of layers must be a name, found a list (line 1)"),
            ("ignore: [conv3]", "no layer conv3 in googlenet.onnx (line 1); did you mean conv1?"),
            ("ignore: {conv1: true}", "ignore must be a list of names, found keys with values (line 1)"),
            ("ignore: [[conv1]]", "ignore must be a list of names, found a list (line 1)"),
            ("ignore: [conv1, conv1]", "conv1 is given twice (line 1); keep one of them"),
        ])
    func message(yaml: String, expected: String) {
        #expect(complaint(about: yaml) == expected)
    }

    @Test("A message names the file first")
    func namesFile() {
        let message = complaint(about: "layers:\n  conv22: {}", path: "my recipes/a.yaml")
        #expect(message == "my recipes/a.yaml: no layer conv22 in googlenet.onnx (line 2); did you mean conv2?")
    }

    @Test(
        "A pattern that is no regular expression is named with its place",
        arguments: ["re:(", "re:[z-a]", "re:a{2,1}", "re:*", "re:\\\\", "re:(?<n", "re:\\\\p{Nonsense}", "re:(?C1)"])
    func badPattern(pattern: String) throws {
        for yaml in ["ignore:\n - \"\(pattern)\"", "layers:\n   \"\(pattern)\": {}"] {
            let message = try #require(complaint(about: yaml))
            #expect(message.contains("is no regular expression"), "\(message)")
            #expect(message.contains("(line 2)"))
            #expect(!message.contains("\n"))
        }
    }

    @Test("A pattern too long to compile safely is refused")
    func longPattern() throws {
        let message = try #require(complaint(about: "ignore: ['re:\(String(repeating: "(", count: 100_000))']"))
        #expect(message.hasSuffix("is no regular expression: longer than 1000 bytes (line 1)"))
    }

    @Test("Groups nested as deeply as the length allows are answered")
    func nestedPattern() throws {
        for depth in [1, 10, 50, 498] {
            let nested = String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
            let message = complaint(about: "ignore: ['re:\(nested)']")
            #expect(message == nil || message?.hasSuffix("group is too deeply nested (line 1)") == true)
            if depth <= 50 { #expect(message == nil) }
        }
    }

    @Test("Names from a file cannot break the line or the terminal")
    func hostileNames() throws {
        let message = try #require(complaint(about: "layers: {\"a\\e[2J\\n\\u202Eb\": {}}"))
        #expect(message == "no layer \"a\\u{1B}[2J\\n\\u{202E}b\" in googlenet.onnx (line 1)")
        let long = try #require(complaint(about: "layers:\n  ? \(String(repeating: "x", count: 5000))\n  : {}"))
        #expect(long.count < 200)
    }
}
