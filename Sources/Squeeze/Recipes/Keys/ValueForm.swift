import TextFormats
import Yams

/// How a kind of value is read from a recipe and written into one.
struct ValueForm<Value>: Sendable {
    /// Reads the value of a key of this name.
    let read: @Sendable (YAMLTree, String) throws(RecipeError) -> Value
    let write: @Sendable (Value) -> Node
}

extension ValueForm where Value == Int {
    static func whole(_ range: ClosedRange<Int>) -> Self {
        Self { (tree, name) throws(RecipeError) in
            Int(try StageReader.whole(tree, field: name, in: UInt64(range.lowerBound)...UInt64(range.upperBound)))
        } write: {
            .word("\($0)")
        }
    }
}

extension ValueForm where Value == Bool {
    static var flag: Self {
        Self { (tree, name) throws(RecipeError) in
            switch tree.word {
            case "true": return true
            case "false": return false
            default: throw unexpected(tree, field: name, expected: "true or false")
            }
        } write: {
            .word($0 ? "true" : "false")
        }
    }
}

extension ValueForm where Value == UInt64 {
    static var seed: Self {
        Self { (tree, name) throws(RecipeError) in
            try StageReader.whole(tree, field: name, in: 0...UInt64.max)
        } write: {
            .word("\($0)")
        }
    }
}

extension ValueForm where Value == Double {
    /// A number that is not negative, nor above a limit.
    static func real(to upper: Double = .infinity) -> Self {
        Self { (tree, name) throws(RecipeError) in
            try StageReader.real(tree, field: name, to: upper)
        } write: {
            .number($0)
        }
    }

    static var positive: Self {
        Self { (tree, name) throws(RecipeError) in
            try StageReader.positive(tree, field: name)
        } write: {
            .number($0)
        }
    }
}

extension ValueForm where Value == String {
    /// A name or path that is not empty.
    static func text(_ expected: String) -> Self {
        Self { (tree, name) throws(RecipeError) in
            guard let text = tree.text, !text.isEmpty else { throw unexpected(tree, field: name, expected: expected) }
            return text
        } write: {
            .text($0)
        }
    }

    /// A SHA-256 in hexadecimal digits.
    static var digest: Self {
        Self { (tree, name) throws(RecipeError) in
            guard let digest = tree.text, digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
                throw unexpected(tree, field: name, expected: "64 hexadecimal digits")
            }
            return digest.lowercased()
        } write: {
            .text($0)
        }
    }
}

extension ValueForm where Value: RawRepresentable<String> & CaseIterable & SendableMetatype {
    /// One of a few words.
    static var choice: Self {
        Self { (tree, name) throws(RecipeError) in
            try StageReader.choice(tree, field: name)
        } write: {
            .word($0.rawValue)
        }
    }
}
