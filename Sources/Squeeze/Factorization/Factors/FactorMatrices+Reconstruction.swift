import Basics
extension FactorMatrices {
    /// The weights these factors stand for, in the stored order of the layout.
    public func reconstructed(_ layout: KernelLayout) -> [Float] {
        let values = layout.isMatrix ? matrixProduct(layout) : expandedCore(layout)
        return layout.order == .outFirst || layout.isMatrix ? values : inFirst(values, layout)
    }

    /// output · input of every group, in stored order.
    private func matrixProduct(_ layout: KernelLayout) -> [Float] {
        guard let input, let output else { preconditionFailure("a matrix has both factors") }
        let rank = ranks.out
        precondition(
            input.count == layout.groups * rank * layout.in && output.count == layout.groups * rank * layout.out,
            "factors of \(input.count) and \(output.count) weights are not of rank \(rank)")
        return [Float](unsafeUninitializedCapacity: layout.count) { result, count in
            input.withUnsafeBufferPointer { input in
                output.withUnsafeBufferPointer { output in
                    guard let input = input.baseAddress, let output = output.baseAddress, let result = result.baseAddress
                    else { return }
                    // Bounds: the counts checked above; blocks of rows of each group's result.
                    nonisolated(unsafe) let (right, left, to) = (input, output, result)
                    let isOutFirst = layout.order == .outFirst
                    let (rows, columns) = isOutFirst ? (layout.out, layout.in) : (layout.in, layout.out)
                    let height = 128
                    let blocks = (rows + height - 1) / height
                    try? Workers.available.split(layout.groups * blocks, cancellation: nil) { piece in
                        let (group, start) = (piece / blocks, piece % blocks * height)
                        let length = min(height, rows - start)
                        let target = to + (group * rows + start) * columns
                        let u = left + group * layout.out * rank  // (out, rank)
                        let v = right + group * rank * layout.in  // (rank, in)
                        if isOutFirst {
                            multiply(
                                MatrixView(u + start * rank, rows: length, columns: rank),
                                by: MatrixView(v, rows: rank, columns: columns), into: target, stride: columns)
                        } else {
                            multiply(
                                MatrixView(v + start, rows: rank, columns: length, stride: layout.in).transposed,
                                by: MatrixView(u, rows: columns, columns: rank).transposed, into: target, stride: columns)
                        }
                    }
                }
            }
            count = layout.count
        }
    }

    /// groups × out × in × window.
    private func expandedCore(_ layout: KernelLayout) -> [Float] {
        guard var values = core else { preconditionFailure("a stack of kernels has a core") }
        precondition(
            values.count == layout.groups * ranks.out * ranks.in * layout.window,
            "a core of \(values.count) weights is not of ranks \(ranks.out)·\(ranks.in)")
        var extents = ranks
        if let output {
            values = productOverGroups(
                values, extents, isOut: true, with: output, rows: layout.out, columns: ranks.out, transposed: false,
                window: layout.window, groups: layout.groups)
            extents.out = layout.out
        }
        if let input {
            values = productOverGroups(
                values, extents, isOut: false, with: input, rows: ranks.in, columns: layout.in, transposed: true,
                window: layout.window, groups: layout.groups)
        }
        return values
    }

    /// groups × out × in × window as groups × in × out × window.
    private func inFirst(_ values: [Float], _ layout: KernelLayout) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { result, count in
            // Bounds: both hold groups × out × in × window.
            let (out, `in`, window) = (layout.out, layout.in, layout.window)
            for group in 0..<layout.groups {
                let start = group * out * `in` * window
                for s in 0..<out {
                    for t in 0..<`in` {
                        for d in 0..<window {
                            result[start + (t * out + s) * window + d] = values[start + (s * `in` + t) * window + d]
                        }
                    }
                }
            }
            count = values.count
        }
    }
}
