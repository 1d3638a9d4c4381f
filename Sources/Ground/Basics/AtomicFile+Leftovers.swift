import Glibc

extension AtomicFile {
    /// What the temporary file beside a file is called: `.NAME.PROCESS-RANDOM.tmp`.
    static func temporaryName(of name: String) -> String {
        "\(temporaryPrefix(of: name))\(getpid())-\(UInt32.random(in: 0...UInt32.max))\(temporarySuffix)"
    }

    private static func temporaryPrefix(of name: String) -> String { ".\(name.prefix(100))." }
    private static let temporarySuffix = ".tmp"

    /// Removes what processes that were killed left beside a file.
    ///
    /// A leftover's process is gone, and so is its lock. Either alone could err: numbers of processes are used again and are
    /// others in a container, and a file is there for a moment before it is locked.
    static func removeLeftovers(of name: String, in folder: String) {
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        let prefix = temporaryPrefix(of: name)
        while let entry = readdir(listing) {
            let found = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard found.hasPrefix(prefix), found.hasSuffix(temporarySuffix) else { continue }
            let parts = found.dropFirst(prefix.count).dropLast(temporarySuffix.count).split(separator: "-")
            guard parts.count == 2, let process = pid_t(parts[0]), process > 0, UInt32(parts[1]) != nil else { continue }
            guard kill(process, 0) != 0, errno == ESRCH else { continue }
            removeUnlessLocked(folder + "/" + found)
        }
    }

    private static func removeUnlessLocked(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return }
        unlink(path)
    }
}
