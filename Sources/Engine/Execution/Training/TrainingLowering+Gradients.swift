import CVectorMath
import NeuralNetwork

extension TrainingLowering {
    /// Adds to a value's gradient; nothing where no gradient of it is wanted.
    mutating func contribute(_ value: ValueID, _ slot: Int, layout: Layout? = nil, isOwned: Bool = true) {
        guard wanted.contains(value) else { return }
        contributions[value, default: []].append(
            Location(layout: normalized(layout, dimensions(value)), slot: slot, isOwned: isOwned))
    }

    /// The sum of what was contributed; nil where nothing was.
    mutating func total(_ value: ValueID) throws(ExecutionError) -> Location? {
        guard let parts = contributions[value], let first = parts.first else { return nil }
        if parts.count == 1 { return first }
        let base = parts.firstIndex(where: \.isOwned) ?? 0
        var sum = parts[base]
        for (index, part) in parts.enumerated() where index != base {
            guard let layout = sum.layout ?? .rowMajor(dimensions(value)) else {
                throw ExecutionError("\(title): a gradient has too many axes")
            }
            let other = part.layout == sum.layout ? part.slot : try reordered(part, dimensions(value), to: layout)
            let target = sum.isOwned ? sum.slot : place(byteCount: layout.byteCount)
            let (count, threads) = (layout.byteCount / 4, threads)
            routine([sum.slot, other, target]) { memory in
                inParallelRanges(threads, count) { range in
                    let start = range.lowerBound
                    pare_zip(
                        pare_add_function, memory[0] + start, 1, memory[1] + start, 1, memory[2] + start, range.count)
                }
            }
            sum = Location(layout: sum.layout, slot: target, isOwned: true)
        }
        contributions[value] = [sum]
        return sum
    }

    /// The gradient, dense and row-major; nil where nothing depends on the value.
    mutating func gradient(_ value: ValueID) throws(ExecutionError) -> Int? {
        guard let total = try total(value) else { return nil }
        guard total.layout != nil, let layout = Layout.rowMajor(dimensions(value)) else { return total.slot }
        return try gradient(value, in: layout)
    }

    /// The gradient in a layout that an operation asks for; nil where nothing depends on the value.
    mutating func gradient(_ value: ValueID, in layout: Layout) throws(ExecutionError) -> Int? {
        guard let total = try total(value) else { return nil }
        if let known = rearranged[value]?.first(where: { $0.layout == layout }) { return known.slot }
        let slot = try reordered(total, dimensions(value), to: layout)
        rearranged[value, default: []].append(Location(layout: layout, slot: slot))
        return slot
    }
}
