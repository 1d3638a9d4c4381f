import TensorCore

/// Loops over the elements of a dense output and of up to three operands that lie at their own strides, with neighbouring
/// axes merged so that the innermost run is as long as it can be.
struct StridedLoop: Sendable {
    private(set) var outerExtents: [Int] = []
    private(set) var outerStrides: [SIMD4<Int>] = []
    /// Elements of the innermost run, and each operand's stride in it.
    private(set) var runCount = 1
    private(set) var runStrides = SIMD4<Int>()

    /// `strides[operand][axis]` are in elements; all lists are as long as `extents`.
    init(extents: [Int], strides: [[Int]]) {
        var axes: [(extent: Int, strides: SIMD4<Int>)] = []
        for (axis, extent) in extents.enumerated() where extent != 1 {
            var own = SIMD4<Int>()
            for (operand, strides) in strides.enumerated() { own[operand] = strides[axis] }
            if let last = axes.last, last.strides == own &* SIMD4(repeating: extent) {
                axes[axes.count - 1] = (last.extent &* extent, own)
            } else {
                axes.append((extent, own))
            }
        }
        if extents.contains(0) {
            runCount = 0
        } else if let last = axes.popLast() {
            runCount = last.extent
            runStrides = last.strides
            outerExtents = axes.map(\.extent)
            outerStrides = axes.map(\.strides)
        }
    }

    /// Dense operands that broadcast to `output`.
    init(broadcasting shapes: [Shape], to output: Shape) throws(KernelFault) {
        var strides: [[Int]] = []
        for shape in shapes { strides.append(try shape.broadcastStrides(to: output)) }
        self.init(extents: output.dimensions, strides: strides)
    }

    /// Calls `body` for each run, with the offset of its first element in the output and in the operands.
    @inline(__always)
    func forEachRun(_ body: (_ output: Int, _ operands: SIMD4<Int>) -> Void) {
        guard runCount > 0 else { return }
        if outerExtents.isEmpty { return body(0, SIMD4()) }
        var index = [Int](repeating: 0, count: outerExtents.count)
        var offsets = SIMD4<Int>()
        var output = 0
        while true {
            body(output, offsets)
            output += runCount
            var axis = index.count - 1
            while true {
                index[axis] += 1
                offsets &+= outerStrides[axis]
                if index[axis] < outerExtents[axis] { break }
                offsets &-= outerStrides[axis] &* SIMD4(repeating: outerExtents[axis])
                index[axis] = 0
                axis -= 1
                if axis < 0 { return }
            }
        }
    }
}

extension Shape {
    /// Strides that walk this shape, stretched to another: 0 along the axes that repeat.
    func broadcastStrides(to output: Shape) throws(KernelFault) -> [Int] {
        let offset = output.rank - rank
        guard offset >= 0 else { throw KernelFault("shape \(self) does not broadcast to \(output)") }
        let own = rowMajorStrides
        var strides = [Int](repeating: 0, count: output.rank)
        for axis in 0..<rank where self[axis] != 1 {
            guard self[axis] == output[offset + axis] else {
                throw KernelFault("shape \(self) does not broadcast to \(output)")
            }
            strides[offset + axis] = own[axis]
        }
        return strides
    }
}
