import Foundation
import Testing

/// The built program, run in a folder of its own as a person runs it: what it prints, and how it ends.
final class Program {
    struct Run {
        var status: Int32
        var output: String
        var errors: String

        /// The lines on the standard error.
        var complaints: [String] { errors.split(separator: "\n").map(String.init) }

        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        }
    }

    let folder: URL

    init() throws {
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "pare-program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The program beside the tests that run.
    static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "pare")

    /// The package's folder.
    static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized

    /// A model that the program brings along.
    static let model = root.appending(path: "Sources/Shims/CAssets/models/digits-cnn.onnx").path

    @discardableResult
    func run(_ arguments: String...) throws -> Run { try run(arguments) }

    @discardableResult
    func run(_ arguments: [String]) throws -> Run {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["HOME": folder.path, "XDG_STATE_HOME": folder.path, "XDG_CONFIG_HOME": folder.path, "TERM": "xterm-256color"]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: neither can fill while the other is read.
        let files = ["out", "err"].map { folder.appending(path: ".\($0)") }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
        return Run(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    func write(_ text: String, to name: String) throws { try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8) }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

    /// The names of the files that are there, but for what the program prints.
    var files: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()) ?? []
    }

    static let recipe = """
        pare: 1
        layers:
          fc1: {prune: {sparsity: 0.9}, share: {clusters: 16}}
        """
}
