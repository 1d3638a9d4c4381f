import Glibc

/// A file that is replaced in one step.
public enum AtomicFile {
    /// A step that failed, in the system's words.
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// Replaces the file at `path`, or makes it.
    public static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        var replacement = try Replacement(path: path)
        try replacement.append(bytes)
        try replacement.place()
    }

    /// The same, if `isWanted` says so right before, while no other process replaces a file of the folder this way; whether it did.
    @discardableResult
    public static func write(_ bytes: [UInt8], to path: String, if isWanted: () -> Bool) throws(Failure) -> Bool {
        var replacement = try Replacement(path: path)
        try replacement.append(bytes)
        try replacement.sync()
        let folder = SystemCalls.open(try writableTarget(path).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A file system without locks still has the look right before.
        if folder >= 0 { _ = SystemCalls.lock(folder, LOCK_EX) }
        defer { if folder >= 0 { close(folder) } }
        guard isWanted() else { return false }
        try replacement.place()
        return true
    }

    static func failure() -> Failure { Failure(description: systemWords(errno)) }

    /// The folder and name behind `path`, symbolic links followed, and the mode of what is there.
    static func writableTarget(_ path: String) throws(Failure) -> (folder: String, name: String, mode: mode_t?) {
        var resolved = path
        if let real = realpath(path, nil) {
            resolved = String(cString: real)
            free(real)
        }
        var status = stat()
        let exists = SystemCalls.status(resolved, &status) == 0
        // What cannot be looked at is not replaced: it may be read-only, or no file.
        guard exists || errno == ENOENT || errno == ENOTDIR else { throw failure() }
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw Failure(description: systemWords(EISDIR)) }
        if exists, status.st_mode & S_IFMT != S_IFREG { throw Failure(description: "not a regular file") }
        // A file that says it is read-only is not replaced, though its folder would allow it.
        if exists, SystemCalls.access(resolved, W_OK) != 0 { throw failure() }
        let slash = resolved.lastIndex(of: "/")
        let name = slash.map { String(resolved[resolved.index(after: $0)...]) } ?? resolved
        guard !name.isEmpty else { throw Failure(description: systemWords(path.isEmpty ? ENOENT : EISDIR)) }
        let folder = slash.map { String(resolved[..<$0]) } ?? "."
        return (folder.isEmpty ? "/" : folder, name, exists ? status.st_mode : nil)
    }

    public static func fill(_ descriptor: Int32, with bytes: [UInt8]) throws(Failure) {
        try bytes.withUnsafeBufferPointer { bytes throws(Failure) in
            try append(UnsafeRawBufferPointer(bytes), to: descriptor)
        }
        guard SystemCalls.fsync(descriptor) == 0 else { throw failure() }
    }

    static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            let count = SystemCalls.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            offset += count
        }
    }

    /// Makes the new name last; some file systems cannot, and the contents are safe either way.
    static func syncFolder(_ folder: String) {
        let descriptor = SystemCalls.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = SystemCalls.fsync(descriptor)
        close(descriptor)
    }
}
