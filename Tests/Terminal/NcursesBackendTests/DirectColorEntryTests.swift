import Foundation
import Testing

@testable import NcursesBackend
@testable import TerminalUI

private let infocmp = "/usr/bin/infocmp"

@Suite("Direct colours")
struct DirectColorEntryTests {
    /// What `infocmp` reads of a type, capability by capability.
    private func capabilities(_ type: String, terminfo: String? = nil) throws -> Set<String> {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: infocmp)
        process.arguments = ["-1", "-x", type]
        var environment = ProcessInfo.processInfo.environment
        environment["TERMINFO"] = terminfo
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return Set(lines.filter { $0.hasPrefix("\t") }.map { $0.trimmingCharacters(in: .whitespaces) })
    }

    @Test(
        "infocmp reads the rewritten entry: direct colours, all else as it was",
        .enabled(if: FileManager.default.isExecutableFile(atPath: infocmp), "needs infocmp"),
        arguments: ["xterm-256color", "xterm", "screen-256color", "linux"])
    func rewritten(type: String) throws {
        guard let entry = DirectColorEntry(type: type) else {
            Issue.record("no compiled entry of \(type)")
            return
        }
        let before = try capabilities(type)
        let after = try capabilities(DirectColorEntry.name, terminfo: entry.terminfo)
        #expect(after.contains("colors#0x1000000,"))
        #expect(after.contains("RGB,"))
        #expect(after.contains { $0.hasPrefix("setaf=\\E[38;2;") })
        let changed = ["colors#", "pairs#", "setaf=", "setab=", "ccc", "RGB"]
        // Extended capabilities are left out on purpose: only those that the standard part lacks may be missing.
        let standard = before.filter { line in !changed.contains { line.hasPrefix($0) } }
        let names = [
            "cup=", "smcup=", "rmcup=", "civis=", "cnorm=", "sgr0=", "bold=", "rev=", "el=", "ed=", "op=", "cuu=", "kbs=",
        ]
        for name in names {
            #expect(standard.first { $0.hasPrefix(name) } == after.first { $0.hasPrefix(name) }, "\(name)")
        }
    }

    @Test("A type without colours gets none", arguments: ["vt100", "dumb", "no-such-type", "../../etc/passwd", ""])
    func refused(type: String) {
        #expect(DirectColorEntry(type: type) == nil)
    }

    @Test("An entry cut anywhere is refused or read, never trapped on")
    func truncated() {
        for folder in ["/lib/terminfo", "/usr/share/terminfo", "/etc/terminfo"] {
            guard let data = FileManager.default.contents(atPath: folder + "/x/xterm-256color") else { continue }
            let bytes = [UInt8](data)
            #expect(DirectColorEntry.rewritten(bytes) != nil)
            for count in bytes.indices { _ = DirectColorEntry.rewritten(Array(bytes[..<count])) }
            for index in bytes.indices {
                var flipped = bytes
                flipped[index] ^= 0xFF
                _ = DirectColorEntry.rewritten(flipped)
            }
        }
    }

    @Test("Of drags in a row only the last is passed on")
    func merging() {
        func drag(_ x: Int) -> InputEvent { .mouse(MouseEvent(kind: .drag, position: Point(x: x, y: 0))) }
        let press = InputEvent.mouse(MouseEvent(kind: .press, position: .zero))
        let key = InputEvent.key(.enter)
        #expect(Terminal.merged([press, drag(1), drag(2), key, drag(3), drag(4)]) == [press, drag(2), key, drag(4)])
        let sizes = (1...3).map { InputEvent.resize(Size(width: $0, height: $0)) }
        #expect(Terminal.merged(sizes) == [sizes[2]])
    }
}
