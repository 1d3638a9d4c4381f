import Basics
import Testing

@Suite("Values kept by how long ago they were used")
struct RecentlyUsedTests {
    @Test("The least recently used goes first where there is no room")
    func limits() {
        var kept = RecentlyUsed<Int, String>(limit: 300)
        for key in 0..<3 { kept.insert("\(key)", for: key, cost: 100) }
        #expect(kept.use(0) == "0")
        kept.insert("3", for: 3, cost: 100)
        #expect(kept.use(1) == nil)
        #expect([0, 2, 3].map { kept.use($0) } == ["0", "2", "3"])
        kept.insert("large", for: 4, cost: 1_000)
        #expect(kept.use(4) == "large")
        #expect([0, 2, 3].allSatisfy { kept.use($0) == nil })
    }

    @Test("A value in place of an older one counts once")
    func replacing() {
        var kept = RecentlyUsed<Int, Int>(limit: 2)
        for value in 0..<10 { kept.insert(value, for: 7) }
        kept.insert(1, for: 8)
        #expect(kept.use(7) == 9)
        #expect(kept.use(8) == 1)
    }
}
