import Foundation
import TerminalUI
import Testing

@testable import Explorer

/// The documentation's table of keys is what the commands' rows say.
@Suite("Documented keys")
struct DocumentedKeysTests {
    static let path = URL(filePath: #filePath).appending(path: "../../../../docs/explorer.md").standardized.path

    /// The table, a heading for each group; sliders, which have no keys, are in a page of their own.
    static var table: String {
        var lines: [String] = []
        for group in CommandGroup.all where group.commands.contains(where: { !$0.keys.isEmpty }) {
            lines += ["", "**\(group.title)**", "", "| keys | what they do |", "|---|---|"]
            for command in group.commands {
                lines.append("| \(command.bindings.map(words).joined(separator: ", ")) | \(command.title) |")
            }
        }
        return lines.dropFirst().joined(separator: "\n") + "\n"
    }

    /// Keys, and in which panes they hold where not in all.
    private static func words(_ binding: Binding) -> String {
        let keys = binding.keys.map { "`\($0.label(.unicode))`" }.joined(separator: " ")
        let places = binding.contexts.filter { $0 != .everywhere }.map(\.rawValue)
        return places.isEmpty ? keys : "\(keys) (\(places.joined(separator: ", ")))"
    }

    @Test("docs/explorer.md lists every command with its keys; PARE_WRITE_DOCS=1 writes the list anew")
    func documented() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        let (begin, end) = ("<!-- made from the commands' rows -->\n", "<!-- end -->")
        let start = try #require(text.range(of: begin)).upperBound
        let stop = try #require(text.range(of: end, range: start..<text.endIndex)).lowerBound
        if ProcessInfo.processInfo.environment["PARE_WRITE_DOCS"] != nil {
            try text.replacingCharacters(in: start..<stop, with: Self.table).write(toFile: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(text[start..<stop] == Self.table, "run this test with PARE_WRITE_DOCS=1, which writes the list anew")
        }
    }
}
