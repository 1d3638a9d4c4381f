import Compression
import Testing

@testable import Recipes

/// The rows are the only place that knows of a level's keys, so what a level holds must be a row.
@Suite("Recipe keys")
struct KeyTests {
    @Test("Everything that a level holds has a row that reads, writes, overrides and describes it")
    func everyPropertyHasARow() {
        #expect(Mirror(reflecting: PartialPlan()).children.map(\.label) == PartialPlan.keys.rows.map(\.name))
        #expect(Mirror(reflecting: PartialCode()).children.map(\.label) == PartialCode.keys.rows.map(\.name))
        #expect(Mirror(reflecting: PartialShare()).children.count == PartialShare.keys.rows.count)
        for (section, names) in [
            (Mirror(reflecting: ModelReference()), ModelReference.keys.rows.map(\.name)),
            (Mirror(reflecting: ReconstructRule()), ReconstructRule.keys.rows.map(\.name)),
            (Mirror(reflecting: LearningRecord(data: "", taken: 0, of: 0)), LearningRecord.keys.rows.map(\.name)),
        ] {
            #expect(section.children.map(\.label) == names)
        }
    }

    @Test("What a level says survives a level that says nothing, and gives way to one that says it anew, key by key")
    func overriding() throws {
        let said = """
            prune: {sparsity: 0.5}, filters: {keep: 3}, factorize: {ranks: 2}, share: {step: 0.1, init: entropy, seed: 4}, \
            code: {entropy: range, gapBits: 5, layout: dense}, rest: {bits: 16}, factors: {core: {prune: none}}
            """
        let other = """
            prune: none, filters: {keep: 4}, factorize: {ranks: 3}, share: {step: 0.2, init: trellis, seed: 5}, \
            code: {entropy: none, gapBits: 6, layout: sparse}, rest: {bits: 8}, factors: {core: {prune: {sigma: 1}}}
            """
        func level(_ text: String) throws -> PartialPlan { try Recipe(yaml: "pare: 1\nglobal: {\(text)}").global }
        let (earlier, later) = try (level(said), level(other))
        #expect(earlier.overridden(by: PartialPlan()) == earlier)
        #expect(PartialPlan().overridden(by: earlier) == earlier)
        #expect(earlier.overridden(by: later) == later)
        // Each key alone, over everything.
        for part in PartialPlan.keys.rows {
            var alone = PartialPlan()
            part.merge(&alone, later)
            #expect(!alone.isEmpty)
            let merged = earlier.overridden(by: alone)
            #expect(merged != earlier)
            for row in PartialPlan.keys.rows where row.name != part.name {
                var (kept, before) = (PartialPlan(), PartialPlan())
                row.merge(&kept, merged)
                row.merge(&before, earlier)
                #expect(kept == before)
            }
        }
    }
}
