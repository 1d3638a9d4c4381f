/// Why nothing can be said of a network's layers.
public struct ImportanceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// In words.
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}
