extension KernelLibrary {
    static let ordering: [String: Maker] = ["TopK": largestElements]

    /// The k largest or smallest elements of each line and their positions, in order; of equal ones the first comes first.
    private static let largestElements: Maker = { context throws(KernelFault) in
        let input = try context.input(0).type
        let shape = try context.outputShape()
        let axis = try context.axis(default: -1, rank: input.shape.rank)
        guard shape.rank == input.shape.rank, shape[axis] <= input.shape[axis] else {
            throw KernelFault("k \(shape[axis]) exceeds \(input.shape[axis]) elements")
        }
        let (outer, extent, inner) = input.shape.split(at: axis)
        let search = LargestSearch(
            outer: outer, extent: extent, inner: inner, count: shape[axis],
            isLargest: context.flag("largest", default: true))
        let types = [
            ValueType(elementType: input.elementType, shape: shape), ValueType(elementType: .int64, shape: shape),
        ]
        return Kernel(
            outputs: Array(types.prefix(context.outputCount)),
            scratchByteCount: try checkedProduct(extent, 8), run: try input.elementType.numbers(search))
    }
}

private struct LargestSearch: NumberGeneric {
    var outer: Int
    var extent: Int
    var inner: Int
    var count: Int
    var isLargest: Bool

    func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
        { [self] inputs, outputs, scratch in
            let source = inputs.given(0).bytes.assumingMemoryBound(to: type)
            let values = outputs[0].bytes.assumingMemoryBound(to: type)
            let positions = outputs.count > 1 ? outputs[1].bytes.assumingMemoryBound(to: Int64.self) : nil
            // Bounds: the working memory holds one position for each element of a line.
            var order = UnsafeMutableBufferPointer(
                start: scratch.assumingMemoryBound(to: Int.self), count: extent)
            for block in 0..<outer {
                for column in 0..<inner {
                    let line = source + block * extent * inner + column
                    func precedes(_ first: Int, _ second: Int) -> Bool {
                        let (left, right) = (line[first * inner], line[second * inner])
                        if left == right { return first < second }
                        return isLargest ? left > right : left < right
                    }
                    if count <= Self.fewest {
                        insert(into: order, precedes)
                    } else {
                        for index in 0..<extent { order[index] = index }
                        order.sort(by: precedes)
                    }
                    for rank in 0..<count {
                        let to = (block * count + rank) * inner + column
                        values[to] = line[order[rank] * inner]
                        positions?[to] = Int64(order[rank])
                    }
                }
            }
        }
    }

    /// Up to this many elements are kept in order as they are found; for more, the line is sorted.
    private static let fewest = 32

    /// Writes the first `count` positions of a line, in order.
    @inline(__always)
    private func insert(into order: UnsafeMutableBufferPointer<Int>, _ precedes: (Int, Int) -> Bool) {
        var kept = 0
        for index in 0..<extent {
            if kept == count, count == 0 || !precedes(index, order[kept - 1]) { continue }
            var place = kept < count ? kept : kept - 1
            while place > 0, precedes(index, order[place - 1]) {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = index
            if kept < count { kept += 1 }
        }
    }
}
