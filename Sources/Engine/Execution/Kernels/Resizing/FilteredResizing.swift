import CVectorMath

/// Weighted sums along one axis after the other.
struct FilteredResizing: Sendable {
    private struct Pass: Sendable {
        var taps: AxisTaps
        /// Lines, and elements of a line, around the axis at the time of the pass.
        var outer: Int
        var inner: Int

        var inputCount: Int { outer * taps.input * inner }
        var outputCount: Int { outer * (taps.positions.count / taps.tapCount) * inner }

        func run(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
            let extent = taps.positions.count / taps.tapCount
            taps.positions.withUnsafeBufferPointer { positions in
                taps.weights.withUnsafeBufferPointer { weights in
                    for block in 0..<outer {
                        let from = source + block * taps.input * inner
                        let to = target + block * extent * inner
                        if inner == 1 {
                            row(from, to, extent, positions, weights)
                        } else {
                            for place in 0..<extent {
                                let line = to + place * inner
                                line.update(repeating: 0, count: inner)
                                for tap in place * taps.tapCount..<(place + 1) * taps.tapCount where weights[tap] != 0 {
                                    pare_add_scaled(from + positions[tap] * inner, 1, weights[tap], line, inner)
                                }
                            }
                        }
                    }
                }
            }
        }

        /// Adds to the source's gradient what each of its elements gave to the target's.
        func transposed(_ gradient: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
            let extent = taps.positions.count / taps.tapCount
            for block in 0..<outer {
                let from = gradient + block * extent * inner
                let to = target + block * taps.input * inner
                for (tap, weight) in taps.weights.enumerated() where weight != 0 {
                    pare_add_scaled(from + tap / taps.tapCount * inner, 1, weight, to + taps.positions[tap] * inner, inner)
                }
            }
        }

        @inline(__always)
        private func row(
            _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ extent: Int,
            _ positions: UnsafeBufferPointer<Int>, _ weights: UnsafeBufferPointer<Float>
        ) {
            if taps.tapCount == 2 {
                for place in 0..<extent {
                    let tap = 2 * place
                    target[place] = weights[tap] * source[positions[tap]] + weights[tap + 1] * source[positions[tap + 1]]
                }
                return
            }
            for place in 0..<extent {
                var sum: Float = 0
                for tap in place * taps.tapCount..<(place + 1) * taps.tapCount {
                    sum += weights[tap] * source[positions[tap]]
                }
                target[place] = sum
            }
        }
    }

    private let output: ValueType
    private var passes: [Pass] = []
    /// For each axis the output positions outside of the input; empty where there are none at all.
    private var outside: [[Bool]] = []
    private let filler: Float

    init(output: ValueType, axes: [ResizedAxis], taps: [AxisTaps?], filler: Float) throws(KernelFault) {
        self.output = output
        self.filler = filler
        var extents = axes.map(\.input)
        for (axis, taps) in taps.enumerated() {
            guard let taps else { continue }
            passes.append(
                Pass(
                    taps: taps, outer: try checkedProduct(extents[..<axis]),
                    inner: try checkedProduct(extents[(axis + 1)...])))
            extents[axis] = axes[axis].output
            _ = try checkedProduct(extents)
        }
        if taps.contains(where: { $0?.outside.contains(true) ?? false }) {
            outside = zip(taps, axes).map { $0?.outside ?? Array(repeating: false, count: $1.output) }
        }
    }

    func kernel() throws(KernelFault) -> Kernel {
        // Passes but the last write to two buffers in turn.
        let between = passes.dropLast().map(\.outputCount).max() ?? 0
        let bufferCount = (between + 15) & ~15
        var kernel = Kernel(
            outputs: [output], scratchByteCount: try checkedProduct(2, bufferCount, 4)
        ) { inputs, outputs, scratch in
            let buffers = scratch.assumingMemoryBound(to: Float.self)
            let target = outputs[0].floatPointer
            var source = inputs.floats(0)
            for (index, pass) in passes.enumerated() {
                let to = index == passes.count - 1 ? target : buffers + index % 2 * bufferCount
                pass.run(source, to)
                source = UnsafePointer(to)
            }
            if passes.isEmpty { target.update(from: source, count: output.shape.count) }
            if !outside.isEmpty { fillOutside(target, filler) }
        }
        kernel.adjoint = adjoint
        return kernel
    }

    private func adjoint(_ gradient: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
        var current = Array(UnsafeBufferPointer(start: gradient, count: output.shape.count))
        if !outside.isEmpty { fillOutside(&current, 0) }
        for pass in passes.reversed() {
            var before = [Float](repeating: 0, count: pass.inputCount)
            pass.transposed(current, &before)
            current = before
        }
        target.update(from: current, count: current.count)
    }

    private func fillOutside(_ target: UnsafeMutablePointer<Float>, _ filler: Float) {
        var place = 0
        var index = [Int](repeating: 0, count: outside.count)
        while place < output.shape.count {
            if zip(index, outside).contains(where: { $1[$0] }) { target[place] = filler }
            place += 1
            for axis in index.indices.reversed() {
                index[axis] += 1
                if index[axis] < outside[axis].count { break }
                index[axis] = 0
            }
        }
    }
}
