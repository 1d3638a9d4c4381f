import Testing

@testable import Evaluation

@Suite("Classes and confusions")
struct ClassTallyTests {
    @Test("Rows count what each class got right; confusions are those that grew, the most grown first")
    func table() throws {
        var tally = ClassTally()
        tally.add(labels: [0, 0, 0, 1, 1], original: [0, 0, 2, 1, 0], changed: [0, 1, 1, 1, 1])
        tally.add(labels: [2, 2, 2, 2], original: [2, 2, 2, 0], changed: [0, 0, 0, 0])
        let table = try #require(tally.table(isLabelled: true, names: ["cat", "dog"]))
        #expect(table.rows.map(\.label) == [0, 1, 2])
        #expect(table.rows.map(\.count) == [3, 2, 4])
        #expect(table.rows.map(\.original) == [2, 1, 3])
        #expect(table.rows.map(\.changed) == [1, 2, 0])
        #expect(table.rows.map(\.gain) == [-1, 1, -3])
        #expect(table.confusions.map { [$0.label, $0.prediction, $0.original, $0.changed] } == [[2, 0, 1, 4], [0, 1, 0, 2]])
        #expect(table.name(1) == "dog" && table.name(2) == "2")
    }

    @Test("Without samples there is no table")
    func empty() { #expect(ClassTally().table(isLabelled: false, names: []) == nil) }
}
