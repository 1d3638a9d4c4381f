/// How a scattered element combines with what is there.
private enum ScatterReduction: String, Sendable {
    case replace = "none"
    case add, mul, max, min

    init(_ context: KernelContext) throws(KernelFault) {
        let name = context.text("reduction", default: "none")
        guard let reduction = ScatterReduction(rawValue: name) else {
            throw KernelFault("reduction \"\(name)\" is not supported")
        }
        self = reduction
    }

    @inline(__always)
    func combine<Number: KernelNumber>(_ old: Number, _ new: Number) -> Number {
        switch self {
        case .replace: new
        case .add: Number.sum(old, new)
        case .mul: Number.product(old, new)
        case .max: Number.maximum(old, new)
        case .min: Number.minimum(old, new)
        }
    }
}

extension KernelLibrary {
    /// Operators that write elements to given positions of a copy. Positions computed while the network runs that lie
    /// outside are passed over.
    static let scattering: [String: Maker] = [
        "ScatterElements": scatterElements, "Scatter": scatterElements, "ScatterND": scatterND,
    ]

    private static let scatterElements: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let rank = output.shape.rank
        let axis = try context.axis(default: 0, rank: rank)
        let indices = try context.shape(1)
        let updates = try context.input(2).type
        guard indices.rank == rank, updates.shape == indices, updates.elementType == output.elementType,
            (0..<rank).allSatisfy({ $0 == axis || indices[$0] <= output.shape[$0] })
        else { throw KernelFault("indices of \(indices) do not fit \(output.shape)") }
        let strides = output.shape.rowMajorStrides
        var walked = strides
        walked[axis] = 0
        let scatter = ElementScatter(
            isWide: try isWide(context, 1), extent: output.shape[axis], step: strides[axis],
            loop: StridedLoop(extents: indices.dimensions, strides: [walked]), reduction: try ScatterReduction(context),
            byteCount: output.byteCount)
        return Kernel(outputs: [output], run: try output.elementType.numbers(scatter))
    }

    private static let scatterND: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let indices = try context.shape(1)
        let updates = try context.input(2).type
        guard try isWide(context, 1), indices.rank >= 1, updates.elementType == output.elementType else {
            throw KernelFault("indices are not int64, or the updates are of \(updates.elementType)")
        }
        let depth = indices[indices.rank - 1]
        guard depth <= output.shape.rank,
            updates.shape.dimensions == indices.dimensions.dropLast() + output.shape.dimensions[depth...]
        else { throw KernelFault("updates of \(updates.shape) do not fit \(output.shape) at \(indices)") }
        let scatter = TupleScatter(
            tuples: try checkedProduct(indices.dimensions.dropLast()),
            places: IndexTuples(shape: output.shape, batchAxes: 0, depth: depth),
            reduction: try ScatterReduction(context), byteCount: output.byteCount)
        return Kernel(outputs: [output], run: try output.elementType.numbers(scatter))
    }
}

private struct ElementScatter: NumberGeneric {
    var isWide: Bool
    var extent: Int
    var step: Int
    var loop: StridedLoop
    var reduction: ScatterReduction
    var byteCount: Int

    func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
        { [isWide, extent, step, loop, reduction, byteCount] inputs, outputs, _ in
            outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
            let indices = inputs.given(1).bytes
            let updates = inputs.given(2).bytes.assumingMemoryBound(to: type)
            let target = outputs[0].bytes.assumingMemoryBound(to: type)
            loop.forEachRun { start, offsets in
                for index in 0..<loop.runCount {
                    guard let place = KernelLibrary.position(indices, start + index, isWide: isWide, extent: extent)
                    else { continue }
                    let to = offsets[0] + index * loop.runStrides[0] + place * step
                    target[to] = reduction.combine(target[to], updates[start + index])
                }
            }
        }
    }
}

private struct TupleScatter: NumberGeneric {
    var tuples: Int
    var places: IndexTuples
    var reduction: ScatterReduction
    var byteCount: Int

    func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
        { [tuples, places, reduction, byteCount] inputs, outputs, _ in
            outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
            let indices = inputs.given(1).bytes
            let updates = inputs.given(2).bytes.assumingMemoryBound(to: type)
            let target = outputs[0].bytes.assumingMemoryBound(to: type)
            for tuple in 0..<tuples {
                guard let place = places.offset(indices, tuple) else { continue }
                for index in 0..<places.inner {
                    target[place + index] = reduction.combine(
                        target[place + index], updates[tuple * places.inner + index])
                }
            }
        }
    }
}
