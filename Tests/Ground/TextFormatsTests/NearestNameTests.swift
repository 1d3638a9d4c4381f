import Testing

@testable import TextFormats

@Suite("The name that was probably meant")
struct NearestNameTests {
    @Test(
        "It is the nearest by edits, or one that contains what was written",
        arguments: [
            ("conv22", "conv2"), ("covn1", "conv1"), ("CONV1", "conv1"), ("inception_3a", "inception_3a/3x3"),
            ("3x3", "inception_3a/3x3"), ("fc", "fc1"), ("zzz", nil), ("", nil), ("classifer", "classifier"),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        let names = ["conv1", "conv2", "inception_3a/3x3", "fc1", "classifier"]
        #expect(nearestName(to: name, among: names) == expected)
    }

    @Test(
        "The distance counts insertions, deletions, replacements and swaps of neighbours",
        arguments: [
            ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("prnue", "prune", 1),
            ("ca", "abc", 3), ("flaw", "lawn", 2),
        ])
    func distance(first: String, second: String, expected: Int) {
        let (first, second) = (Array(first.unicodeScalars), Array(second.unicodeScalars))
        #expect(editDistance(first, second, below: 100) == expected)
        #expect(editDistance(second, first, below: 100) == expected)
        #expect(editDistance(first, second, below: expected + 1) == expected)
        #expect(editDistance(first, second, below: expected) == nil)
    }
}
