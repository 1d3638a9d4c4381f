import Glibc
import ModelFormats

/// Files that hold what took long to make: where one cannot be written, another place is tried before it is lost.
enum RescuedFile {
    /// Writes to `path` or, where that fails, beneath the folder for temporary files.
    ///
    /// - Throws: a line that says what failed, and where the result is instead.
    static func write(to path: String, _ body: (String) throws(ModelWriteError) -> Void) throws(Failure) {
        do throws(ModelWriteError) { try body(path) } catch {
            let name = path.split(separator: "/").last.map(String.init) ?? "model"
            var folder = Shell.environment["TMPDIR"] ?? "/tmp"
            if !folder.hasSuffix("/") { folder += "/" }
            let place = folder + "pare-rescued-" + name
            do throws(ModelWriteError) { try body(place) } catch let second {
                throw Failure("\(error.message) \(second.message)")
            }
            throw Failure("\(error.message) What was trained is in \(place).")
        }
    }

    /// Finds out that a folder does not take files before hours of work rather than behind them.
    static func check(_ path: String) throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard access(folder, W_OK) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
    }
}
