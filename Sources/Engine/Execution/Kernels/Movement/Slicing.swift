extension KernelLibrary {
    static let slicing: [String: Maker] = ["Slice": slice]

    /// Starts, ends and axes are attributes before opset 10 and inputs since.
    private static let slice: Maker = { context throws(KernelFault) in
        let input = try context.shape(0)
        guard let starts = try context.integers(1, orAttribute: "starts"),
            let ends = try context.integers(2, orAttribute: "ends")
        else { throw KernelFault("starts or ends are missing") }
        let axes = try context.normalized(
            try context.integers(3, orAttribute: "axes") ?? Array(0..<min(starts.count, input.rank)), rank: input.rank)
        let steps = try context.integers(4, orAttribute: "steps") ?? Array(repeating: 1, count: starts.count)
        guard starts.count == axes.count, ends.count == axes.count, steps.count == axes.count,
            steps.allSatisfy({ $0 != 0 })
        else { throw KernelFault("starts \(starts), ends \(ends) and steps \(steps) do not fit \(input)") }
        var strides = input.rowMajorStrides
        var start = 0
        var extents = input.dimensions
        for (index, axis) in axes.enumerated() {
            let places = positions(from: starts[index], to: ends[index], step: steps[index], extent: input[axis])
            extents[axis] = places.count
            start &+= places.first &* strides[axis]
            // A step is only taken between two places, so that with one place it may be anything.
            strides[axis] = places.count > 1 ? strides[axis] &* steps[index] : 0
        }
        guard extents == (try context.outputShape()).dimensions else {
            throw KernelFault("the slice is \(extents), not \(try context.outputShape())")
        }
        return try strided(context, strides: strides, start: start)
    }

    /// The first position and their number; positions count from the end where negative, and are clamped.
    private static func positions(from start: Int, to end: Int, step: Int, extent: Int) -> (first: Int, count: Int) {
        func clamp(_ position: Int, _ bounds: ClosedRange<Int>) -> Int {
            min(max(position < 0 ? position &+ extent : position, bounds.lowerBound), bounds.upperBound)
        }
        guard extent > 0 else { return (0, 0) }
        let first = clamp(start, step > 0 ? 0...extent : 0...extent - 1)
        let last = clamp(end, step > 0 ? 0...extent : -1...extent - 1)
        let distance = step > 0 ? last - first : first - last
        guard distance > 0 else { return (0, 0) }
        return (first, (distance - 1) / Int(clamping: step.magnitude) + 1)
    }
}
