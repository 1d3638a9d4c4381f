/// Why an array file cannot be read, in one line.
public struct ArrayFileError: Error, Hashable {
    public var message: String

    public init(_ message: String) { self.message = message }
}
