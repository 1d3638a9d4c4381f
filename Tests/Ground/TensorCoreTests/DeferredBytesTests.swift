import Basics
import TensorCore
import Testing

// One at a time, for all share what there is room for.
@Suite("Bytes worked out when they are read", .serialized)
struct DeferredBytesTests {
    @Test("They are worked out once, whoever asks")
    func once() async throws {
        let count = CountingMaker()
        let bytes = DeferredBytes(byteCount: 4) { count.make() }
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { try bytes.read() } }
            for try await found in group { #expect(found == [1, 2, 3, 4]) }
        }
        #expect(count.times == 1)
        let tensor = TensorSource(shape: [1], elementType: .float32, deferred: bytes)
        #expect(tensor.byteCount == 4)
        #expect(try tensor.floats().count == 1)
    }

    @Test("Bytes that cannot be worked out throw why to every reader, and the next one tries again")
    func failing() throws {
        let count = CountingMaker()
        let bytes = DeferredBytes(byteCount: 4) {
            guard count.times > 0 else {
                _ = count.make()
                throw Refusal()
            }
            return count.make()
        }
        let source = TensorSource(shape: [1], elementType: .float32, deferred: bytes)
        let refusal = #expect(throws: UnreadableTensor.self) { try source.read() }
        #expect(refusal?.message == "a tensor's values cannot be worked out: no memory")
        #expect(try source.read().storage.withUnsafeBytes { Array($0) } == [1, 2, 3, 4])
        // What is made of what cannot be read cannot be read for the same reason.
        let broken = TensorSource(shape: [1], elementType: .float32, deferred: DeferredBytes(byteCount: 4) { throw Refusal() })
        let outer = DeferredBytes(byteCount: 4) { try broken.read().storage.withUnsafeBytes { Array($0) } }
        #expect(#expect(throws: UnreadableTensor.self) { try outer.read() } == refusal)
    }

    @Test("Pieces that end in a failure are told from a reader's own")
    func failingPieces() {
        let bytes = SourceBytes.deferred(
            DeferredBytes(byteCount: 4) { body in
                try [UInt8(1), 2].withUnsafeBytes(body)
                throw Refusal()
            } make: {
                throw Refusal()
            })
        var seen = 0
        #expect(throws: UnreadableTensor.self) {
            try bytes.forEachPiece { (piece: UnsafeRawBufferPointer) throws(UnreadableTensor) in
                seen += piece.count
            } unreadable: {
                $0
            }
        }
        #expect(seen == 2)
    }
}

/// A failure with words.
private struct Refusal: ExplainedError {
    var message: String { "no memory" }
}

private final class CountingMaker: @unchecked Sendable {
    // Written only while the bytes' own lock is held.
    private(set) var times = 0

    func make() -> [UInt8] {
        times += 1
        return [1, 2, 3, 4]
    }
}
