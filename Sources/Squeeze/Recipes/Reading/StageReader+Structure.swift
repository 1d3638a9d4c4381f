import Compression
import TextFormats

/// Reads the stages that change the shapes of weights.
extension StageReader {
    /// `auto`, `{energy: 0.9}`, `12` or `[20, 12]`.
    static func ranks(_ value: YAMLTree) throws(RecipeError) -> RankRule {
        if value.word == "auto" { return .automatic }
        func rank(_ value: YAMLTree) throws(RecipeError) -> Int {
            Int(try whole(value, field: "a rank", in: 1...UInt64(Int32.max)))
        }
        if case .mapping = value.content {
            var rule: RankRule?
            for (key, value) in try keys(of: value, named: "ranks") {
                guard key.text == "energy" else { throw unknown(key, in: "ranks", known: ["energy"]) }
                rule = .energy(try real(value, field: "energy", to: 1))
            }
            guard let rule else { throw unexpected(value, field: "ranks", expected: "auto, {energy: 0.9}, a number, or two of them [out, in]") }
            return rule
        }
        guard case .list(let items) = value.content else { return .rank(try rank(value)) }
        guard items.count == 2 else {
            throw RecipeError(
                place: value.place,
                fault: .unexpected(
                    field: "ranks", expected: "auto, {energy: 0.9}, a number, or two of them [out, in]", found: "\(items.count) items"))
        }
        return .tucker(out: try rank(items[0]), in: try rank(items[1]))
    }
}
