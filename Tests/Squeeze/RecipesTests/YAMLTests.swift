import Testing

@testable import Recipes

@Suite("Text that is no recipe")
struct YAMLTests {
    @Test(
        "What is not YAML is told with line and column",
        arguments: [
            ("pare: 1\nglobal: {prune", 3),
            ("pare: 1\n  global: {}", 2),
            ("a: b: c", 1),
            ("pare: 1\n\tglobal: {}", 2),
            ("\"abc", 1),
            ("pare: 1\nignore: [\"\\q\"]", 2),
            ("pare: 1\n---\npare: 1", 2),
            ("pare: 1\n\u{1}", 2),
            ("%YAML 9.9\n---\npare: 1", 1),
        ])
    func malformed(text: String, line: Int) throws {
        let error = try #require(throws: RecipeError.self) { try Recipe(yaml: text) }
        guard case .notYAML = error.fault else {
            Issue.record("\(error.message)")
            return
        }
        #expect(error.place?.line == line)
        #expect(error.message.hasPrefix("not YAML: "))
        #expect(!error.message.contains("\n"))
    }

    @Test(
        "Anchors and aliases are refused, expanded never",
        arguments: [
            "global: &a {prune: none}\ntypes: {Conv: *a}",
            "global: &a {prune: none}",
            "types: {Conv: *a}",
            "? &a [x, x]\n: 1\n? [*a, *a]\n: 2",
            "&top pare: 1",
            "pare: &one 1",
        ])
    func anchors(text: String) throws {
        let error = try #require(throws: RecipeError.self) { try Recipe(yaml: text) }
        #expect(error.message.contains("anchors (&)") || error.message.contains("not YAML"), "\(error.message)")
        #expect(error.place != nil)
    }

    @Test("A billion laughs take no time")
    func billionLaughs() throws {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...40 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "? &a\(level) [\(aliases)]\n: x\n"
        }
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try #require(throws: RecipeError.self) { try Recipe(yaml: text) } }
        #expect(time < .seconds(2))
    }

    @Test("An ampersand inside a name is a character like any other")
    func ampersand() throws {
        let odd = model([("a&b", "Conv"), ("c &d", "Conv"), ("&e", "Conv"), ("\u{E000}&", "Conv")])
        let yaml = """
            layers:
              a&b: {prune: {sigma: 1}}
              c &d: {prune: {sigma: 2}}
              "&e": {prune: {sigma: 3}}
              \u{E000}&: {prune: {sigma: 4}}
            """
        #expect(try plans(yaml, for: odd).map(\.prune) == [.sigma(1), .sigma(2), .sigma(3), .sigma(4)])
    }

    @Test("Deep nesting is refused before the stack ends", arguments: [17, 900, 5000, 400_000])
    func nesting(depth: Int) throws {
        for text in [
            String(repeating: "[", count: depth), String(repeating: "{a: ", count: depth),
            String(repeating: "- ", count: depth) + "x",
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
            String(repeating: "? ", count: depth) + "x",
        ] {
            let error = try #require(throws: RecipeError.self) { try Recipe(yaml: text) }
            #expect(!error.message.contains("\n"))
        }
    }

    @Test("More than a mebibyte is not parsed")
    func tooLarge() throws {
        let text = "pare: 1\n" + String(repeating: "#", count: Recipe.byteLimit)
        let error = try #require(throws: RecipeError.self) { try Recipe(yaml: text) }
        #expect(error.message == "larger than 1024 KiB, too large for a recipe")
    }

    @Test("Bytes that are not UTF-8 are named with their place")
    func notUTF8() throws {
        let bytes = Array("pare: 1\nä: ".utf8) + [0xFF, 0x0A]
        let error = try #require(throws: RecipeError.self) { try Recipe(yaml: bytes, path: "r.yaml") }
        #expect(error.message == "r.yaml: not UTF-8 text: byte 12 fits no character (line 2)")
        #expect(error.place == RecipePlace(line: 2, column: 4))
    }

    @Test("A byte order mark and Windows line ends do no harm")
    func windows() throws {
        #expect(try plans("\u{FEFF}pare: 1\r\nglobal:\r\n  prune: {sigma: 2}\r\n")[0].prune == .sigma(2))
    }

    @Test("A recipe cut off anywhere, or with any byte changed, is read or refused, never trapped")
    func damaged() {
        let whole = Array(
            """
            pare: 1
            model: {path: a.onnx, sha256: '\(String(repeating: "0", count: 64))'}
            global: {prune: {sigma: 1.0}, share: {clusters: 32, init: linear, seed: 7}}
            types:
              Conv: {share: none, code: {entropy: none, gapBits: 5, layout: sparse}}
            layers: {"re:conv[12]": {prune: {sparsity: 0.5}}, fc1: {prune: none}}
            ignore: ["re:.*bias", fc2]

            """.utf8)
        for length in whole.indices { _ = try? Recipe(yaml: Array(whole[..<length])).plans(for: small) }
        for index in whole.indices {
            for byte: UInt8 in [0, 9, 10, 0x22, 0x26, 0x27, 0x2A, 0x3A, 0x5B, 0x7B, 0x7F, 0x80, 0xFF] {
                var damaged = whole
                damaged[index] = byte
                _ = try? Recipe(yaml: damaged).plans(for: small)
            }
        }
    }
}
