import Glibc

/// A file that is replaced in one step.
public enum AtomicFile {
    /// A step that failed, in the system's words.
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// Replaces the file at `path`, or makes it.
    public static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let target = try writableTarget(path)
        let temporary = target.folder + "/.\(target.name.prefix(100)).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let code = errno
            throw Failure(
                description: code == ENOENT ? "the folder \(target.folder) does not exist" : systemWords(code))
        }
        var isPlaced = false
        defer {
            close(descriptor)
            if !isPlaced { unlink(temporary) }
        }
        // The file system may know no modes; that is no reason to lose the recipe.
        if let mode = target.mode { _ = fchmod(descriptor, mode & 0o7777) }
        try fill(descriptor, with: bytes)
        guard rename(temporary, target.folder + "/" + target.name) == 0 else { throw failure() }
        isPlaced = true
        syncFolder(target.folder)
    }

    private static func failure() -> Failure { Failure(description: systemWords(errno)) }

    /// The folder and name behind `path`, symbolic links followed, and the mode of what is there.
    private static func writableTarget(_ path: String) throws(Failure) -> (folder: String, name: String, mode: mode_t?) {
        var resolved = path
        if let real = realpath(path, nil) {
            resolved = String(cString: real)
            free(real)
        }
        var status = stat()
        let exists = stat(resolved, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw Failure(description: systemWords(EISDIR)) }
        if exists, status.st_mode & S_IFMT != S_IFREG { throw Failure(description: "not a regular file") }
        // A file that says it is read-only is not replaced, though its folder would allow it.
        if exists, access(resolved, W_OK) != 0 { throw failure() }
        let slash = resolved.lastIndex(of: "/")
        let name = slash.map { String(resolved[resolved.index(after: $0)...]) } ?? resolved
        guard !name.isEmpty else { throw Failure(description: systemWords(path.isEmpty ? ENOENT : EISDIR)) }
        let folder = slash.map { String(resolved[..<$0]) } ?? "."
        return (folder.isEmpty ? "/" : folder, name, exists ? status.st_mode : nil)
    }

    public static func fill(_ descriptor: Int32, with bytes: [UInt8]) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            offset += count
        }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    /// Makes the new name last; some file systems cannot, and the contents are safe either way.
    private static func syncFolder(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
