import CVectorMath
import Glibc

/// What one operator does to its gates at a time step.
protocol RecurrentCell: Sendable {
    var layout: RecurrentLayout { get }
    /// Whether a cell state runs beside the hidden state.
    var hasCellState: Bool { get }
    /// Floats of working memory a cell needs for itself.
    var workCount: Int { get }
    /// Whether the recurrent bias of a row of R is added to the gates beforehand; the cell adds the others.
    func addsRecurrentBias(row: Int) -> Bool
    /// Gets ready for one direction.
    func begin(_ direction: RecurrentDirection)
    /// One time step of the whole batch: `gates` (batch, rows) hold X · Wᵀ and the biases, and may be overwritten.
    /// Items whose sequence has ended are left as they are.
    func step(_ direction: RecurrentDirection, gates: UnsafeMutablePointer<Float>, isActive: (Int) -> Bool)
}

/// One direction's weights and state while it runs.
struct RecurrentDirection {
    var index: Int
    /// (rows, hidden)
    var recurrence: UnsafePointer<Float>
    /// (rows), nil where there are no biases
    var recurrentBias: UnsafePointer<Float>?
    /// (3, hidden)
    var peepholes: UnsafePointer<Float>?
    /// (batch, hidden)
    var hidden: UnsafeMutablePointer<Float>
    /// (batch, hidden)
    var cell: UnsafeMutablePointer<Float>
    var work: UnsafeMutablePointer<Float>
}

extension RecurrentCell {
    func kernel(_ context: KernelContext) throws(KernelFault) -> Kernel {
        let layout = layout
        let types = try context.outputs(of: .float32)
        let yCount = try checkedProduct(layout.sequence, layout.directions, layout.batch, layout.hidden)
        let allStates = try checkedProduct(layout.directions, layout.batch, layout.hidden)
        guard types.count <= (hasCellState ? 3 : 2),
            types.enumerated().allSatisfy({ $0.element.shape.count == ($0.offset == 0 ? yCount : allStates) })
        else { throw KernelFault("its outputs are of unexpected shapes") }
        // Each part begins at 64 bytes.
        func rounded(_ count: Int) -> Int { (count + 15) & ~15 }
        let gateCount = rounded(try checkedProduct(layout.stepsAtATime, layout.batch, layout.rowCount))
        let stateCount = rounded(layout.stateCount)
        let biasCount = rounded(layout.rowCount)
        let dataCount =
            layout.isBatchFirst
            ? rounded(try checkedProduct(layout.sequence, layout.batch, layout.input)) : 0
        let total = gateCount + 2 * stateCount + biasCount + dataCount + workCount
        return Kernel(outputs: types, scratchByteCount: try checkedProduct(total, 4)) { inputs, outputs, scratch in
            let gates = scratch.assumingMemoryBound(to: Float.self)
            let hidden = gates + gateCount
            let cell = hidden + stateCount
            let bias = cell + stateCount
            let data = bias + biasCount
            run(
                inputs, outputs, gates: gates, hidden: hidden, cell: cell, bias: bias, data: data, work: data + dataCount)
        }
    }

    private func run(
        _ inputs: [TensorView?], _ outputs: [MutableTensorView], gates: UnsafeMutablePointer<Float>,
        hidden: UnsafeMutablePointer<Float>, cell: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>,
        data: UnsafeMutablePointer<Float>, work: UnsafeMutablePointer<Float>
    ) {
        let layout = layout
        let rowCount = layout.rowCount
        let (batch, width) = (layout.batch, layout.hidden)
        var source = inputs.floats(0)
        if layout.isBatchFirst {  // (N, T, I) → (T, N, I)
            StridedCopy(
                extents: [layout.sequence, batch, layout.input],
                strides: [layout.input, layout.sequence * layout.input, 1], elementByteCount: 4
            ).copy(from: source, to: data)
            source = UnsafePointer(data)
        }
        let lengths = inputs.optional(4)?.bytes.assumingMemoryBound(to: Int32.self)
        for index in 0..<layout.directions {
            let weights = inputs.floats(1) + index * rowCount * layout.input
            let biases = inputs.optionalFloats(3).map { $0 + index * 2 * rowCount }
            let direction = RecurrentDirection(
                index: index, recurrence: inputs.floats(2) + index * rowCount * width,
                recurrentBias: biases.map { $0 + rowCount },
                peepholes: inputs.optionalFloats(7).map { $0 + index * 3 * width }, hidden: hidden, cell: cell, work: work)
            for row in 0..<rowCount {
                bias[row] = biases.map { $0[row] + (addsRecurrentBias(row: row) ? $0[rowCount + row] : 0) } ?? 0
            }
            load(inputs.optionalFloats(5), to: hidden, direction: index)
            load(inputs.optionalFloats(6), to: cell, direction: index)
            begin(direction)
            let steps = layout.steps(of: index)
            var done = 0
            while done < steps.count {
                let part = steps[done..<min(done + layout.stepsAtATime, steps.count)]
                let first = min(part[part.startIndex], part[part.endIndex - 1])
                for row in 0..<part.count * batch { (gates + row * rowCount).update(from: bias, count: rowCount) }
                multiply(
                    part.count * batch, rowCount, layout.input, source + first * batch * layout.input,
                    lda: max(layout.input, 1), weights, transposeB: true, ldb: max(layout.input, 1), beta: 1, gates,
                    ldc: max(rowCount, 1))
                for time in part {
                    step(direction, gates: gates + (time - first) * batch * rowCount) {
                        time < layout.length(lengths, $0)
                    }
                    for item in 0..<batch {
                        let target =
                            outputs[0].floatPointer
                            + layout.outputOffset(step: time, direction: index, item: item)
                        if time < layout.length(lengths, item) {
                            target.update(from: hidden + item * width, count: width)
                        } else {
                            target.update(repeating: 0, count: width)
                        }
                    }
                }
                done += part.count
            }
            if outputs.count > 1 { store(hidden, to: outputs[1].floatPointer, direction: index) }
            if outputs.count > 2 { store(cell, to: outputs[2].floatPointer, direction: index) }
        }
    }

    private func load(_ source: UnsafePointer<Float>?, to state: UnsafeMutablePointer<Float>, direction: Int) {
        for item in 0..<layout.batch {
            let target = state + item * layout.hidden
            if let source {
                target.update(
                    from: source + layout.stateOffset(direction: direction, item: item), count: layout.hidden)
            } else {
                target.update(repeating: 0, count: layout.hidden)
            }
        }
    }

    private func store(_ state: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, direction: Int) {
        for item in 0..<layout.batch {
            (target + layout.stateOffset(direction: direction, item: item)).update(
                from: state + item * layout.hidden, count: layout.hidden)
        }
    }

    /// Bounds what goes into the gates' functions, where the node asks for it.
    @inline(__always)
    func clip(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        if let bound = layout.clip { pare_map(pare_clip_function, values, values, count, -bound, bound) }
    }
}
