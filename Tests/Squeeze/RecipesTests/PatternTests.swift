import Testing

@testable import Recipes

@Suite("Patterns of names")
struct PatternTests {
    /// (pattern, names it matches from their start, names it does not): Python's `re.match` says the same.
    static let cases: [(String, [String], [String])] = [
        ("conv", ["conv", "conv1.weight"], ["my.conv", "Conv", ""]), ("", ["", "a"], []), ("fc$", ["fc"], ["fc1"]),
        (#"layer\d+\.(conv|bn)\d$"#, ["layer12.bn1", "layer1.conv2"], ["layer.bn1", "layer1xbn1", "layer1.conv12"]),
        ("a|b|cd", ["a", "b", "cd"], ["c", "d"]), ("(a|b)*c", ["c", "ababc"], ["abd"]), ("x{2,3}y", ["xxy", "xxxy"], ["xy", "xxxxy"]),
        ("x{2}y", ["xxy"], ["xy", "xxxy"]), ("x{2,}y", ["xxy", "xxxxxxy"], ["xy"]), ("x{,2}y", ["y", "xxy"], ["xxxy"]),
        ("a{b", ["a{b"], ["ab"]), ("[^.]*$", ["abc", ""], ["a.b"]), ("[a-c_\\-]+$", ["ab_-c"], ["d"]), ("[]a]$", ["]", "a"], ["b"]),
        (#"\w+\s\W$"#, ["ab1_ -"], ["ab-"]), (#".*\bq_proj\b"#, ["a.q_proj.b", "q_proj"], ["aq_proj", "q_projx"]),
        ("(?!conv1$).*", ["conv2", "conv12"], ["conv1"]), ("(?=.*weight)conv", ["conv.weight"], ["conv.bias"]),
        ("(?i)FC|my", ["fc1", "MY"], ["c"]), ("(?:ab)+?$", ["ab", "abab"], ["aba"]), ("(?<part>a)(?P<other>b)", ["ab"], ["a"]),
        ("(?i:A)b", ["ab", "Ab"], ["aB"]), ("^a", ["a"], ["ba"]), ("a.c", ["abc", "a.c"], ["a\nc", "ac"]), ("(a*)*$", ["", "aaa"], ["ab"]),
        ("(|a)b", ["b", "ab"], ["c"]), ("((a|b){2}){2}$", ["abab"], ["aba", "ababa"]), (#"\x41\u00e9"#, ["A\u{e9}"], ["Ae"]),
        ("(a(?=b)|b)+$", ["ab", "abab"], ["aa"]), ("[^a-y]", ["z", "A"], ["b"]), ("a?{2}", [], []),
    ]

    @Test("A pattern matches what it says, from the start of a name", arguments: cases.map(\.0))
    func matching(pattern: String) throws {
        guard let (_, matched, others) = Self.cases.first(where: { $0.0 == pattern }), !(matched + others).isEmpty else {
            #expect(throws: PatternFault.self) { try NamePattern(pattern) }
            return
        }
        let compiled = try NamePattern(pattern)
        for name in matched { #expect(try compiled.matches(name), "\(pattern) should match \(name)") }
        for name in others { #expect(try !compiled.matches(name), "\(pattern) should not match \(name)") }
    }

    @Test(
        "What has no program of bounded time is refused",
        arguments: [#"(a)\1"#, "(?<=a)b", "(?<!a)b", "a++", "(?>a)", "a**", "((a{1000}){1000}){1000}", "a{1001}", "[[:alpha:]]", "a)", #"\p{L}"#])
    func refused(pattern: String) { #expect(throws: PatternFault.self) { try NamePattern(pattern) } }

    /// A matcher that tries one way after the other takes longer than the universe is old for most of these.
    @Test(
        "No pattern takes long, however it repeats",
        arguments: ["(a+)+$", "(a|a)*$", "((a*)*)*$", "(.*)*b", ".*.*.*.*.*.*.*.*.*.*b", "(a?){60}a{60}b", "(?=(a+)+b)a", "(?!(a*)*b)x", "(a{0,30}){30}b"])
    func catastrophes(pattern: String) throws {
        let compiled = try NamePattern(pattern)
        let start = ContinuousClock.now
        // Where it is not told in bounded time, that is an answer too.
        let isMatched = try? compiled.matches(String(repeating: "a", count: 300) + "!")
        #expect(isMatched != true)
        #expect(start.duration(to: .now) < .seconds(2))
    }

    @Test("Where even a bounded time is long, it is said")
    func longNames() throws {
        let compiled = try NamePattern("(a?){500}(a*){500}b")
        #expect(throws: PatternFault.self) { try compiled.matches(String(repeating: "a", count: 100_000)) }
    }
}
