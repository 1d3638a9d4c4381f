import Basics
import FoundationEssentials
import Glibc
import Recipes

/// The folder in which work lies that was not saved: a file for each model and process, `work/<digest of the path>-<process>.json`.
struct WorkFolder: Sendable {
    /// nil keeps nothing.
    let path: String?

    init(_ memory: Memory) { path = memory.folder.map { $0 + "/work" } }

    /// No work takes more.
    private static let byteLimit = 16 << 20
    private static let damagedEnding = ".damaged"

    /// The file for this process's work on a model.
    func file(for model: String) -> String? { path.map { "\($0)/\(Self.key(model))-\(getpid()).json" } }

    /// A file for work of this process that is left for another model: no other of it has the name.
    func fileToLeave(for model: String, number: Int) -> String? { path.map { "\($0)/\(Self.key(model))-\(getpid())-\(number).json" } }

    private static func key(_ model: String) -> String {
        var digest = SHA256()
        digest.update(Array(model.utf8))
        return String(digest.hexDigest().prefix(16))
    }

    /// Replaces a file; a failure costs what a crash would cost, so it is no error worth a line.
    func write(_ work: KeptWork, to file: String) {
        guard let path, let data = try? JSONEncoder().encode(work) else { return }
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? AtomicFile.write(Array(data), to: file)
    }

    /// The work of processes that are gone, the newest first: on one model, or on all. What cannot be read is put aside, and told.
    func abandoned(model: String? = nil) -> (works: [KeptWork], problem: String?) {
        guard let path, let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return ([], nil) }
        let prefix = model.map { Self.key($0) + "-" } ?? ""
        var works: [KeptWork] = []
        var problem: String?
        for name in names.sorted() where name.hasPrefix(prefix) && name.hasSuffix(".json") {
            let file = "\(path)/\(name)"
            guard let work = Self.read(file) else {
                problem = "kept work cannot be read and is ignored: \(file)\(Self.damagedEnding)"
                rename(file, file + Self.damagedEnding)
                continue
            }
            if work.owner?.mayRun == true || model.map({ $0 != work.model }) == true { continue }
            works.append(work)
        }
        return (works.sorted { $0.saved > $1.saved }, problem)
    }

    private static func read(_ file: String) -> KeptWork? {
        var status = stat()
        guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= byteLimit,
            let data = try? Data(contentsOf: URL(filePath: file)),
            var work = try? JSONDecoder().decode(KeptWork.self, from: data), work.version == KeptWork.currentVersion
        else { return nil }
        work.file = file
        return work
    }
}
