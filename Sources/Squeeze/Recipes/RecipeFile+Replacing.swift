import Basics
import Glibc

/// A recipe with the digest of the text it was read from.
public struct ReadRecipe: Sendable {
    public var recipe: Recipe
    /// The SHA-256 of the file.
    public var digest: String

    /// Reads a recipe; a pipe will do.
    public init(_ path: String) throws(RecipeError) {
        let bytes = try RecipeFile.bytes(of: path)
        recipe = try Recipe(yaml: bytes, path: path)
        digest = RecipeFile.digest(of: bytes)
    }
}

extension RecipeFile {
    /// What a recipe may be written over.
    public enum Overwriting: Sendable, Hashable {
        /// Only where there is no file.
        case nothing
        /// Only the text of this digest, or where there is no file.
        case text(digest: String)
        case anything
    }

    /// What became of a recipe that was to be written.
    public enum Outcome: Sendable, Hashable {
        case written(digest: String)
        /// A file is there that must not be written over.
        case exists
        /// The file is another than it was; `theirs` is its text, `ours` what was to be written.
        case changed(theirs: String, ours: String)
    }

    static func digest(of bytes: [UInt8]) -> String {
        var digest = SHA256()
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.hexDigest()
    }

    /// Writes a recipe as `write(_:to:)` does, unless that would take away what somebody else wrote.
    ///
    /// The file is looked at once more right before it is replaced, while no other Pare replaces one in its folder.
    public static func write(_ recipe: Recipe, to path: String, over: Overwriting) throws(RecipeError) -> Outcome {
        do {
            let text = Array(try recipe.yaml().utf8)
            var refusal: Outcome?
            try AtomicFile.write(text, to: path) {
                guard over != .anything, access(path, F_OK) == 0 else { return true }
                guard case .text(let expected) = over else {
                    refusal = .exists
                    return false
                }
                let found = try? bytes(of: path)
                let digest = found.map(digest)
                if let digest, digest == expected || digest == Self.digest(of: text) { return true }
                refusal = .changed(theirs: String(decoding: found ?? [], as: UTF8.self), ours: String(decoding: text, as: UTF8.self))
                return false
            }
            return refusal ?? .written(digest: digest(of: text))
        } catch let error as RecipeError {
            throw RecipeError(path: path, place: error.place, fault: error.fault)
        } catch {
            throw RecipeError(path: path, fault: .cannotWrite(reason: "\(error)"))
        }
    }
}
