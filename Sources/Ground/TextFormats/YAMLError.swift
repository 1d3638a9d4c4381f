/// Why a text is not the YAML that `YAMLTree` reads, and where.
public struct YAMLError: Error, Hashable {
    public enum Fault: Sendable, Hashable {
        /// The problem in the parser's words.
        case notYAML(problem: String)
        case anchorsOrAliases
        case nestedTooDeeply
        case duplicateKey(String)
    }

    /// Nil where the fault is the whole text's.
    public var place: TextPlace?
    public var fault: Fault

    init(place: TextPlace? = nil, fault: Fault) {
        self.place = place
        self.fault = fault
    }
}

/// A place in a text; both count from 1, columns in Unicode scalars.
public struct TextPlace: Sendable, Hashable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
