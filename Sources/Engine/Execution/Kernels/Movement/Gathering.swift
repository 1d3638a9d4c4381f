import Glibc
import TensorCore

extension KernelLibrary {
    /// Operators that read elements at given positions. Positions computed while the network runs that lie outside
    /// give zeros.
    static let gathering: [String: Maker] = [
        "Gather": gather, "GatherElements": gatherElements, "GatherND": gatherND,
    ]

    /// Reads a position of an int32 or int64 tensor; nil outside of `extent` elements.
    @inline(__always)
    static func position(
        _ indices: UnsafeRawPointer, _ index: Int, isWide: Bool, extent: Int
    ) -> Int? {
        var value =
            isWide
            ? Int(indices.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
            : Int(indices.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
        if value < 0 { value &+= extent }
        return value >= 0 && value < extent ? value : nil
    }

    /// Whether an input holds int64 positions, rather than int32.
    static func isWide(_ context: KernelContext, _ index: Int) throws(KernelFault) -> Bool {
        let type = try context.elementType(index)
        guard type == .int64 || type == .int32 else { throw KernelFault("indices are of \(type)") }
        return type == .int64
    }

    /// Checks positions that are known beforehand.
    private static func checkPositions(_ context: KernelContext, _ index: Int, extent: Int) throws(KernelFault) {
        guard let values = try context.input(index).constant?.integers() else { return }
        for value in values where value < -extent || value >= extent {
            throw KernelFault("index \(value) is outside of \(extent) elements")
        }
    }

    private static let gather: Maker = { context throws(KernelFault) in
        let input = try context.input(0).type
        let axis = try context.axis(default: 0, rank: input.shape.rank)
        let isWide = try isWide(context, 1)
        let output = try context.output()
        let count = try context.shape(1).count
        let (outer, extent, inner) = input.shape.split(at: axis)
        try checkPositions(context, 1, extent: input.shape[axis])
        let length = inner * input.elementType.byteCount
        guard input.shape.count == 0 || output.shape.count == outer * count * inner else {
            throw KernelFault("\(input.shape) is not gathered to \(output.shape)")
        }
        let byteCount = output.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            guard outer > 0 else {
                memset(outputs[0].bytes, 0, byteCount)
                return
            }
            let source = inputs.given(0).bytes
            let indices = inputs.given(1).bytes
            var target = outputs[0].bytes
            for block in 0..<outer {
                for index in 0..<count {
                    if let place = position(indices, index, isWide: isWide, extent: extent) {
                        target.copyMemory(from: source + (block * extent + place) * length, byteCount: length)
                    } else {
                        memset(target, 0, length)
                    }
                    target += length
                }
            }
        }
    }

    private static let gatherElements: Maker = { context throws(KernelFault) in
        let input = try context.input(0).type
        let output = try context.output()
        let isWide = try isWide(context, 1)
        let rank = input.shape.rank
        let axis = try context.axis(default: 0, rank: rank)
        guard output.shape == (try context.shape(1)), output.shape.rank == rank,
            (0..<rank).allSatisfy({ $0 == axis || output.shape[$0] <= input.shape[$0] })
        else { throw KernelFault("indices of \(output.shape) do not fit \(input.shape)") }
        try checkPositions(context, 1, extent: input.shape[axis])
        let size = input.elementType.byteCount
        let extent = input.shape[axis]
        let step = input.shape.rowMajorStrides[axis]
        var strides = input.shape.rowMajorStrides
        strides[axis] = 0
        let loop = StridedLoop(extents: output.shape.dimensions, strides: [strides])
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let source = inputs.given(0).bytes
            let indices = inputs.given(1).bytes
            let target = outputs[0].bytes
            loop.forEachRun { start, offsets in
                for index in 0..<loop.runCount {
                    let to = target + (start + index) * size
                    if let place = position(indices, start + index, isWide: isWide, extent: extent) {
                        let from = offsets[0] + index * loop.runStrides[0] + place * step
                        to.copyMemory(from: source + from * size, byteCount: size)
                    } else {
                        memset(to, 0, size)
                    }
                }
            }
        }
    }

    private static let gatherND: Maker = { context throws(KernelFault) in
        let input = try context.input(0).type
        let indices = try context.shape(1)
        let output = try context.output()
        let batchAxes = context.integer("batch_dims", default: 0)
        guard try isWide(context, 1), indices.rank >= 1 else { throw KernelFault("indices are not int64") }
        let depth = indices[indices.rank - 1]
        guard batchAxes >= 0, batchAxes < indices.rank, batchAxes + depth <= input.shape.rank, output.shape.count > 0,
            indices.dimensions[..<batchAxes] == input.shape.dimensions[..<batchAxes]
        else {
            guard output.shape.count == 0 else { throw KernelFault("indices of \(indices) do not fit \(input.shape)") }
            return Kernel(outputs: [output]) { _, _, _ in }
        }
        let places = IndexTuples(shape: input.shape, batchAxes: batchAxes, depth: depth)
        let batch = indices.dimensions[..<batchAxes].reduce(1, *)
        let tuples = indices.dimensions[batchAxes..<indices.rank - 1].reduce(1, *)
        let length = places.inner * input.elementType.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let source = inputs.given(0).bytes
            let indices = inputs.given(1).bytes
            var target = outputs[0].bytes
            for tuple in 0..<batch * tuples {
                if let place = places.offset(indices, tuple) {
                    let from = (tuple / tuples * places.batchStride + place) * input.elementType.byteCount
                    target.copyMemory(from: source + from, byteCount: length)
                } else {
                    memset(target, 0, length)
                }
                target += length
            }
        }
    }
}

/// Positions along several axes at once, as GatherND and ScatterND have them: int64 tuples.
struct IndexTuples: Sendable {
    let extents: [Int]
    let strides: [Int]
    /// Elements that one tuple names.
    let inner: Int
    /// Elements of one item of the batch.
    let batchStride: Int

    init(shape: Shape, batchAxes: Int, depth: Int) {
        extents = Array(shape.dimensions[batchAxes..<batchAxes + depth])
        let all = shape.rowMajorStrides
        strides = Array(all[batchAxes..<batchAxes + depth])
        inner = shape.dimensions[(batchAxes + depth)...].reduce(1, &*)
        batchStride = shape.dimensions[batchAxes...].reduce(1, &*)
    }

    /// Where a tuple's elements begin; nil where it lies outside.
    @inline(__always)
    func offset(_ indices: UnsafeRawPointer, _ tuple: Int) -> Int? {
        var offset = 0
        for axis in extents.indices {
            guard
                let place = KernelLibrary.position(
                    indices, tuple * extents.count + axis, isWide: true, extent: extents[axis])
            else { return nil }
            offset += place * strides[axis]
        }
        return offset
    }
}
