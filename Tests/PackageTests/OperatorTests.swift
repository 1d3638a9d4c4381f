import Foundation
import Testing

@testable import Execution
@testable import NeuralNetwork
@testable import Structure

/// What Pare has of an operator, as a row of docs/operators.md says it.
private struct OperatorRow: Equatable, CustomStringConvertible {
    var name: String
    /// Of shape, channels, kernel, goldens and gradient, those that are there.
    var has: [Bool]
    /// Why the others are not; empty where nothing is missing.
    var reason: String

    static let aspects = ["shape", "channels", "kernel", "goldens", "gradient"]

    var lacks: [String] { zip(Self.aspects, has).filter { !$1 }.map(\.0) }
    var description: String { "| \(name) | " + has.map { $0 ? "✓" : "–" }.joined(separator: " | ") + " | \(reason) |" }
}

@Suite("The house: operators")
struct OperatorTests {
    private let manifest: Manifest

    init() throws { manifest = try Manifest() }

    /// Operators in the golden files of a kind.
    private func operations(in file: String) throws -> Set<String> {
        let text = try manifest.text("Tests/Engine/ExecutionTests/Goldens/\(file).json")
        return Set(text.matches(of: #/"operation":\s*"(\w+)"/#).map { String($0.1) })
    }

    /// The rows of docs/operators.md.
    private func documented() throws -> [OperatorRow] {
        try manifest.text("docs/operators.md").split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 7, cells[1] == "✓" || cells[1] == "–" else { return nil }
            return OperatorRow(name: cells[0], has: cells[1...5].map { $0 == "✓" }, reason: cells[6])
        }
    }

    @Test("docs/operators.md says what each operator has, and why it lacks what it lacks")
    func listed() throws {
        let goldens = try operations(in: "operators")
        // What drops at random has tests of its own.
        let gradients = try operations(in: "gradients").union(["Dropout"])
        let rows = try documented()
        let reasons = Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.reason) })
        let names = Set(reasons.keys).union(OperatorRule.standard.keys).union(ChannelRule.standard.keys)
            .union(KernelLibrary.makers.keys)
        let actual = names.sorted().map { name in
            OperatorRow(
                name: name,
                has: [
                    OperatorRule.standard[name] != nil, ChannelRule.standard[name] != nil, KernelLibrary.makers[name] != nil,
                    goldens.contains(name), gradients.contains(name),
                ],
                reason: reasons[name] ?? "")
        }
        for (row, stated) in zip(actual, rows) where row == stated && row.reason.isEmpty != row.lacks.isEmpty {
            Issue.record("\(row.name) lacks \(row.lacks.joined(separator: ", ")): its row must say why, and only then\n\(row)")
        }
        let wrong = actual.filter { !rows.contains($0) }
        #expect(
            wrong.isEmpty,
            "rows of docs/operators.md as they should be:\n\(wrong.map(\.description).joined(separator: "\n"))")
        #expect(rows.map(\.name) == names.sorted(), "rows are sorted, one an operator")
    }

    @Test("No operator is in two families of a table")
    func single() {
        for families in [
            OperatorRule.families.map { Array($0.keys) }, ChannelRule.families.map { Array($0.keys) },
            KernelLibrary.families.map { Array($0.keys) },
        ] {
            let names = families.joined()
            #expect(Set(names).count == names.count, "\(Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys.sorted())")
        }
    }
}
