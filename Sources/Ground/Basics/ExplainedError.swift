/// An error with a line for the person: what went wrong, where, and how to mend it.
public protocol ExplainedError: Error {
    var message: String { get }
}

/// An error in one line for the person: the only place where errors become words.
public func message(for error: any Error) -> String { (error as? any ExplainedError)?.message ?? "\(error)" }
