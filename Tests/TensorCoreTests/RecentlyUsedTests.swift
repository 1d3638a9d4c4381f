import TensorCore
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

// One at a time, for all share what there is room for.
@Suite("Bytes worked out when they are read", .serialized)
struct DeferredBytesTests {
    @Test("They are worked out once, whoever asks")
    func once() async {
        let count = CountingMaker()
        let bytes = DeferredBytes(byteCount: 4) { count.make() }
        await withTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { bytes.bytes } }
            for await found in group { #expect(found == [1, 2, 3, 4]) }
        }
        #expect(count.times == 1)
        let tensor = Tensor(shape: [1], elementType: .float32, storage: .deferred(bytes))
        #expect(tensor.byteCount == 4)
        #expect(tensor.floats().count == 1)
    }
}

private final class CountingMaker: @unchecked Sendable {
    // Written only while the bytes' own lock is held.
    private(set) var times = 0

    func make() -> [UInt8] {
        times += 1
        return [1, 2, 3, 4]
    }
}
