import Compression
import TextFormats
import Yams

/// The keys of `code` that a level says.
public struct PartialCode: Sendable, Hashable {
    public var entropy: EntropyCoder?
    public var gapBits: GapBits?
    public var layout: LayoutChoice?

    public init() {}
}

extension PartialCode: RecipeLevel {
    typealias Plan = CodePlan

    static let keys: KeyTable<LevelKey<PartialCode>> = KeyTable(
        .value("entropy", \PartialCode.entropy, \CodePlan.entropy, usually: EntropyCoder.huffman, .choice),
        .value("gapBits", \PartialCode.gapBits, \CodePlan.gapBits, usually: GapBits.automatic, .gapBits),
        .value("layout", \PartialCode.layout, \CodePlan.layout, usually: LayoutChoice.automatic, .choice))
}

extension ValueForm where Value == GapBits {
    /// `auto`, or a width.
    static var gapBits: Self {
        Self { (tree, name) throws(RecipeError) in
            if tree.word == "auto" { return .automatic }
            guard let word = tree.word, let bits = StageReader.wholeNumber(word), (1...16).contains(bits) else {
                throw unexpected(tree, field: name, expected: "auto or a whole number from 1 to 16")
            }
            return .fixed(Int(bits))
        } write: { bits in
            if case .fixed(let width) = bits { .word("\(width)") } else { .word("auto") }
        }
    }
}
