import Basics

/// Why an array file cannot be read, in one line.
public struct ArrayFileError: ExplainedError, Hashable {
    public var message: String

    public init(_ message: String) { self.message = message }

    /// A fault of a file, or of one of the members it holds.
    init(_ file: MappedFile, member: String? = nil, _ what: String) {
        let place = member.map { ": \($0)" } ?? ""
        self.init("\(file.path)\(place) \(what)")
    }
}
