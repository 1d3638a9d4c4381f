import Testing

@testable import Search

@Suite("Budgets as a person writes them")
struct SearchBudgetTests {
    @Test(
        "Bytes, ratios, multiply-accumulates and losses are told by their units",
        arguments: [
            ("100 KB", SearchBudget.bytes(100_000)), ("1.5mib", .bytes(1_572_864)), ("12,500", .bytes(12_500)), ("8x", .bytes(50_000)), ("8 ×", .bytes(50_000)),
            ("12M MACs", .macs(12_000_000)), ("-50% MACs", .macs(20_000_000)), ("−25 % mac", .macs(30_000_000)), ("1 %", .loss(0.01)), ("0%", .loss(0)),
        ])
    func reading(text: String, budget: SearchBudget) throws {
        #expect(try SearchBudget(parsing: text, ofBytes: 400_000, macs: 40_000_000) == budget)
    }

    @Test(
        "What is none is refused in words",
        arguments: ["", "KB", "-5 KB", "0", "101 %", "0.5x", "5 % MACs", "-100 % MACs", "3 miles", "nan", "1e99", "9999999999TB"])
    func refusing(text: String) {
        #expect(throws: SearchBudget.TextFailure.self) { try SearchBudget(parsing: text, ofBytes: 400_000, macs: 40_000_000) }
    }

    @Test("Multiply-accumulates that nobody knows are no target")
    func unknown() {
        #expect(throws: SearchBudget.TextFailure(message: "the network's multiply-accumulates are not known")) {
            try SearchBudget(parsing: "5M MACs", ofBytes: 1, macs: nil)
        }
    }

    @Test("They are named as the screen does")
    func names() {
        #expect(SearchBudget.bytes(100_000).text == "100 KB")
        #expect(SearchBudget.loss(0.01).text == "1.0 % lost" && SearchBudget.loss(0.0025).text == "0.25 % lost")
    }
}
