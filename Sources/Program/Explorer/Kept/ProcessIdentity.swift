import FoundationEssentials
import Glibc

/// A process, told from others that had its number before or on another machine.
struct ProcessIdentity: Sendable, Hashable, Codable {
    var host: String
    /// The machine's run since it was started; empty where the system does not tell.
    var boot: String
    var number: Int32
    /// Clock ticks between the start of the machine and that of the process; empty where the system does not tell.
    var start: String

    static let own = ProcessIdentity(number: getpid())

    private init(number: Int32) {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        host = name.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        boot = Self.firstLine("/proc/sys/kernel/random/boot_id") ?? ""
        self.number = number
        start = Self.start(of: number) ?? ""
    }

    /// Whether the process may still run; of another machine nobody can tell, so it may.
    var mayRun: Bool {
        guard host == Self.own.host else { return true }
        guard boot == Self.own.boot else { return false }
        guard number > 0, kill(number, 0) == 0 || errno == EPERM else { return false }
        return start.isEmpty || Self.start(of: number) == start
    }

    /// The 22nd field of the process's status; its name, the second, stands in brackets and may hold anything.
    private static func start(of number: Int32) -> String? {
        guard let line = firstLine("/proc/\(number)/stat"), let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }

    private static func firstLine(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count).prefix { $0 != 0x0a }, as: UTF8.self)
    }
}

/// What tells that a file was changed, without reading it.
struct FileState: Sendable, Hashable, Codable {
    var byteCount: Int
    var modifiedSeconds: Int
    var modifiedNanoseconds: Int

    /// nil where there is no such file.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        byteCount = Int(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }
}
