import Basics
import Glibc

/// Recipes on disk.
public enum RecipeFile {
    /// Reads a recipe; a pipe will do, so that a shell can make one up.
    public static func read(_ path: String) throws(RecipeError) -> Recipe {
        try Recipe(yaml: try bytes(of: path), path: path)
    }

    /// The text of a recipe, cut off behind what a recipe may take.
    static func bytes(of path: String) throws(RecipeError) -> [UInt8] {
        func failure(_ code: Int32) -> RecipeError {
            RecipeError(path: path, fault: .cannotRead(reason: systemWords(code)))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        // One byte more than the limit tells a file that is too large from one that just fits.
        while bytes.count <= Recipe.byteLimit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    /// Writes a recipe in one step: whoever reads the file sees the old or the new one, also after a crash.
    ///
    /// The text goes to a new file in the same folder, which takes the old one's mode and then its name. A symbolic link
    /// stays one.
    public static func write(_ recipe: Recipe, to path: String) throws(RecipeError) {
        do {
            try AtomicFile.write(Array(try recipe.yaml().utf8), to: path)
        } catch let error as RecipeError {
            throw RecipeError(path: path, place: error.place, fault: error.fault)
        } catch {
            throw RecipeError(path: path, fault: .cannotWrite(reason: "\(error)"))
        }
    }
}
