import Basics

/// What is wrong with a recipe, and where.
public struct RecipeError: ExplainedError, Sendable, Hashable {
    /// The recipe's file; nil where the recipe came from elsewhere.
    public var path: String?
    /// Nil where the fault is the whole file's.
    public var place: RecipePlace?
    public var fault: RecipeFault

    public init(path: String? = nil, place: RecipePlace? = nil, fault: RecipeFault) {
        self.path = path
        self.place = place
        self.fault = fault
    }
}

/// The ways a recipe can be wrong.
public enum RecipeFault: Sendable, Hashable {
    /// The file cannot be read; the reason in the system's words.
    case cannotRead(reason: String)
    /// The file cannot be written; the reason in the system's words.
    case cannotWrite(reason: String)
    case tooLarge(limit: Int)
    case notUTF8(offset: Int)
    case empty
    /// Not YAML; the problem in the parser's words.
    case notYAML(problem: String)
    case anchorsOrAliases
    case nestedTooDeeply
    case duplicateKey(String)
    case unknownKey(String, section: String, known: [String])
    case unsupportedVersion(found: String)
    /// A value of the wrong type or out of its range.
    case unexpected(field: String, expected: String, found: String)
    case badPattern(String, reason: String)
    case unknownLayer(String, model: String, nearest: String?)
    case unknownOperation(String, model: String, nearest: String?)
    case unmatchedPattern(String, model: String, nearest: String?)
    /// `share` has keys for a layer, but no level says how many clusters.
    case noClusters(layer: String)
}

/// Something in a recipe that is probably not meant, though it can be followed.
public struct RecipeWarning: Sendable, Hashable {
    public var place: RecipePlace?
    /// One line that says what and where.
    public var message: String

    public init(place: RecipePlace? = nil, message: String) {
        self.place = place
        self.message = message
    }
}
