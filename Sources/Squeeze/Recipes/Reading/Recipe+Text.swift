extension Recipe {
    /// Largest recipe that is read, in bytes.
    public static let byteLimit = 1 << 20

    /// Reads a recipe from YAML text; errors name `path`.
    public init(yaml text: String, path: String? = nil) throws(RecipeError) {
        try self.init(yaml: Array(text.utf8), path: path)
    }

    /// Reads a recipe from the bytes of a YAML file, which must be UTF-8; errors name `path`.
    public init(yaml bytes: [UInt8], path: String? = nil) throws(RecipeError) {
        do throws(RecipeError) {
            guard bytes.count <= Self.byteLimit else { throw RecipeError(fault: .tooLarge(limit: Self.byteLimit)) }
            guard var text = String(validating: bytes, as: UTF8.self) else { throw Self.notUTF8(bytes) }
            if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
            self = try RecipeReader.read(text)
            self.path = path
        } catch {
            var error = error
            error.path = path
            throw error
        }
    }

    /// Points at the first byte that fits no character.
    private static func notUTF8(_ bytes: [UInt8]) -> RecipeError {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        var line = 1
        var column = 1
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            offset += UTF8.width(scalar)
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        return RecipeError(place: RecipePlace(line: line, column: column), fault: .notUTF8(offset: offset))
    }
}
