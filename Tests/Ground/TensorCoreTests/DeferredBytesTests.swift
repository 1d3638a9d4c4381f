import TensorCore
import Testing

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
