/// Gives slots their places in the arena, so that slots in use at the same time do not overlap.
enum MemoryPlan {
    /// Sets the offsets; returns the arena's size in bytes.
    ///
    /// Greedy by size: the largest first, each in the lowest gap that fits among those in use at the same time.
    static func arrange(_ slots: inout [Slot]) -> Int {
        let order = slots.indices.sorted { (slots[$0].byteCount, $1) > (slots[$1].byteCount, $0) }
        var placed: [Int] = []
        var size = 0
        for index in order {
            let slot = slots[index]
            let rounded = (slot.byteCount + 63) & ~63
            let rivals =
                placed
                .filter { slots[$0].first <= slot.last && slot.first <= slots[$0].last }
                .sorted { slots[$0].offset < slots[$1].offset }
            var offset = 0
            for rival in rivals {
                if offset + rounded <= slots[rival].offset { break }
                offset = max(offset, slots[rival].offset + ((slots[rival].byteCount + 63) & ~63))
            }
            slots[index].offset = offset
            size = max(size, offset + rounded)
            placed.append(index)
        }
        return size
    }
}
