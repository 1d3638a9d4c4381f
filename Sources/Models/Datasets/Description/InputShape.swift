import TensorCore

/// The shape of one of a network's inputs as a person writes it: `x=1x3x640x640`.
public struct InputShape: Sendable, Hashable {
    public var name: String
    public var shape: Shape

    /// nil where it is not a name with extents from 1 on.
    public init?(_ text: String) {
        guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
            let shape = Self.shape(String(text[text.index(after: sign)...]))
        else { return nil }
        name = String(text[..<sign])
        self.shape = shape
    }

    /// Extents with × or x or commas between them: `1x3x640x640`.
    public static func shape(_ text: String) -> Shape? {
        shape(text.split(omittingEmptySubsequences: false) { "x×X,·".contains($0) }.map(String.init))
    }

    static func shape(_ words: [String]) -> Shape? {
        let extents = words.compactMap { Int($0) }
        guard extents.count == words.count, !extents.isEmpty, extents.count <= 8, extents.allSatisfy({ $0 > 0 }) else { return nil }
        return Shape(checking: extents)
    }
}
