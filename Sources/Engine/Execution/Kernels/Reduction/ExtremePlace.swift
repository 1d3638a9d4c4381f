extension KernelLibrary {
    /// ArgMax and ArgMin: where the first or, on request, the last extreme element of each line is.
    static func extremePlace(isLargest: Bool) -> Maker {
        { context throws(KernelFault) in
            let input = try context.shape(0)
            let axis = try context.axis(default: 0, rank: input.rank)
            let output = ValueType(elementType: .int64, shape: try context.outputShape())
            let (outer, extent, inner) = input.split(at: axis)
            guard extent > 0 || output.shape.count == 0 else { throw KernelFault("an empty axis has no extreme element") }
            let places = ExtremePlaces(
                isLargest: isLargest, takesLast: context.flag("select_last_index"), outer: outer, extent: extent,
                inner: inner)
            // The extremes so far, of elements of at most eight bytes.
            return Kernel(
                outputs: [output], scratchByteCount: try checkedProduct(inner, 8),
                run: try context.elementType(0).numbers(places))
        }
    }
}

private struct ExtremePlaces: NumberGeneric {
    var isLargest: Bool
    var takesLast: Bool
    var outer: Int
    var extent: Int
    var inner: Int

    func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
        let (isLargest, takesLast, outer, extent, inner) = (isLargest, takesLast, outer, extent, inner)
        return { inputs, outputs, scratch in
            let source = inputs.given(0).bytes.assumingMemoryBound(to: type)
            let target = outputs[0].bytes.assumingMemoryBound(to: Int64.self)
            let best = scratch.assumingMemoryBound(to: type)
            for block in 0..<outer {
                let lines = source + block * extent * inner
                let places = target + block * inner
                places.update(repeating: 0, count: inner)
                best.update(from: lines, count: inner)
                for index in 1..<max(extent, 1) {
                    let line = lines + index * inner
                    for column in 0..<inner {
                        let value = line[column]
                        if (isLargest ? value > best[column] : value < best[column])
                            || (takesLast && value == best[column])
                        {
                            best[column] = value
                            places[column] = Int64(index)
                        }
                    }
                }
            }
        }
    }
}
