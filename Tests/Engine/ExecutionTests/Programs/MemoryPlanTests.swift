import Basics
import Testing

@testable import Execution

@Suite("Places in the arena")
struct MemoryPlanTests {
    @Test("Slots that are in use at the same time never overlap, and the arena holds them all", arguments: 0..<50)
    func overlaps(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var slots = (0..<60).map { _ -> Slot in
            let first = Int.random(in: -1..<40, using: &random)
            return Slot(
                byteCount: Int.random(in: 0..<5_000, using: &random), first: first,
                last: first + Int.random(in: 0..<12, using: &random))
        }
        let size = MemoryPlan.arrange(&slots)
        for (index, left) in slots.enumerated() {
            #expect(left.offset % 64 == 0 && left.offset + left.byteCount <= size)
            for right in slots[(index + 1)...] where left.first <= right.last && right.first <= left.last {
                #expect(
                    left.offset + left.byteCount <= right.offset || right.offset + right.byteCount <= left.offset
                        || left.byteCount == 0 || right.byteCount == 0)
            }
        }
        #expect(size < slots.reduce(0) { $0 + ($1.byteCount + 63) / 64 * 64 })
    }
}
