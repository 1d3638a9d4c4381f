import Basics

/// Why a quality cannot be measured, in one line for a person.
public struct EvaluationError: ExplainedError, Hashable {
    public var message: String

    public init(_ message: String) { self.message = message }
}
