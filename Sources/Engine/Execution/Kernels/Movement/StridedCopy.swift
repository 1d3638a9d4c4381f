import CVectorMath

/// Fills a dense output with elements that lie in a source at given strides: transpositions, slices, repetitions.
struct StridedCopy: Sendable {
    private struct Axis {
        var extent: Int
        var source: Int
        var target: Int
    }
    private var outer: [Axis] = []
    private var run = Axis(extent: 1, source: 1, target: 1)
    /// The axis along which the source is contiguous, where the run is not: both are walked in tiles.
    private var contiguous: Axis?
    /// Where the first element lies, in elements.
    private let start: Int
    private let elementByteCount: Int

    /// The element at an index lies at `start` + Σ index · stride; strides may be 0 or negative. Where `extents` hold
    /// elements, all must lie in the source.
    init(extents: [Int], strides: [Int], start: Int = 0, elementByteCount: Int) {
        self.start = start
        self.elementByteCount = elementByteCount
        var axes: [Axis] = []
        for (extent, stride) in zip(extents, strides) where extent != 1 {
            if let last = axes.last, last.source == stride &* extent {
                axes[axes.count - 1] = Axis(extent: last.extent &* extent, source: stride, target: 1)
            } else {
                axes.append(Axis(extent: extent, source: stride, target: 1))
            }
        }
        if extents.contains(0) {
            run.extent = 0
            return
        }
        var distance = 1
        for index in axes.indices.reversed() {
            axes[index].target = distance
            distance *= axes[index].extent
        }
        if let last = axes.popLast() { run = last }
        if run.source != 1, run.source != 0, let index = axes.lastIndex(where: { $0.source == 1 }) {
            contiguous = axes.remove(at: index)
        }
        outer = axes
    }

    func copy(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        guard run.extent > 0 else { return }
        var index = [Int](repeating: 0, count: outer.count)
        var from = start
        var to = 0
        while true {
            copyRun(source + from * elementByteCount, target + to * elementByteCount)
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                from += outer[axis].source
                to += outer[axis].target
                if index[axis] < outer[axis].extent { break }
                from -= outer[axis].source * outer[axis].extent
                to -= outer[axis].target * outer[axis].extent
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    @inline(__always)
    private func copyRun(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
        if let contiguous, run.source > 0 {
            pare_transpose(
                source, run.source, target, contiguous.target, run.extent, contiguous.extent, elementByteCount)
        } else if let contiguous {
            for step in 0..<contiguous.extent {
                pare_copy_strided(
                    source + step * elementByteCount, run.source, target + step * contiguous.target * elementByteCount,
                    run.extent, elementByteCount)
            }
        } else {
            pare_copy_strided(source, run.source, target, run.extent, elementByteCount)
        }
    }
}

extension KernelLibrary {
    /// A kernel whose output 0 is a strided copy of input 0.
    static func strided(
        _ context: KernelContext, extents: [Int]? = nil, strides: [Int], start: Int = 0
    ) throws(KernelFault) -> Kernel {
        let output = try context.output()
        let copy = StridedCopy(
            extents: extents ?? output.shape.dimensions, strides: strides, start: start,
            elementByteCount: output.elementType.byteCount)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            copy.copy(from: inputs.given(0).bytes, to: outputs[0].bytes)
        }
    }
}
