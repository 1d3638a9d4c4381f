import Compression
import TextFormats
import Yams

/// The key of `rest`: in how many bits the numbers beside a layer are kept.
struct RestKeys {
    var bits: Int?

    static let keys = KeyTable<RecipeKey<RestKeys>>(RecipeKey("bits", \.bits, .restBits))

    /// `{bits: 16}`.
    static func rule(_ tree: YAMLTree) throws(RecipeError) -> RestRule {
        var section = RestKeys()
        try keys.readMapping(tree, into: &section, section: "rest") { "none or \($0)" }
        guard let bits = section.bits else { throw unexpected(tree, field: "rest", expected: "bits") }
        return RestRule(bits: bits)
    }
}

extension ValueForm where Value == Int {
    /// Bits that round, or 32.
    fileprivate static var restBits: Self {
        Self { (tree, name) throws(RecipeError) in
            guard let word = tree.word, let bits = StageReader.wholeNumber(word).flatMap({ Int(exactly: $0) }),
                RestRule.widths.contains(bits) || bits == 32
            else { throw unexpected(tree, field: name, expected: "a whole number from 4 to 24, or 32") }
            return bits
        } write: {
            .word("\($0)")
        }
    }
}
