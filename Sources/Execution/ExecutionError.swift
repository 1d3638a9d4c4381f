/// Why a network cannot be run, in one line: what is lacking, and the node it is lacking for.
public struct ExecutionError: Error, Hashable {
    public var message: String

    public init(_ message: String) { self.message = message }
}
