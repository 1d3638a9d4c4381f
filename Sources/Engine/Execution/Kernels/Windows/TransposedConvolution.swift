extension KernelLibrary {
    static let transposedConvolution: [String: Maker] = ["ConvTranspose": convolveTransposed]

    /// X (N, C, …) and W (C, M / groups, …): each input element is spread over the output by its filters.
    ///
    /// It is the gradient of a convolution from the output to the input: Wᵀ · X gives the column matrix of the output,
    /// which is added to where its elements were taken from.
    private static let convolveTransposed: Maker = { context throws(KernelFault) in
        let input = try context.floatShape(0)
        let weights = try context.floatShape(1)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        guard input.rank >= 3, weights.rank == input.rank, output.shape.rank == input.rank else {
            throw KernelFault("weights of \(weights) do not fit an input of \(input)")
        }
        let groups = context.integer("group", default: 1)
        guard groups >= 1, weights[0] == input[1], input[1] % groups == 0,
            output.shape[1] == (try checkedProduct(weights[1], groups)), output.shape[0] == input[0]
        else { throw KernelFault("weights of \(weights) in \(groups) groups do not fit an input of \(input)") }
        let channels = input[1] / groups
        let filters = weights[1]
        try context.checkVector(2, count: output.shape[1])
        // The window slides over the output, and its places are the input's elements.
        var window = try SpatialWindow(
            context, input: input, output: output.shape, kernel: Array(weights.dimensions[2...]), isTransposed: true)
        (window.input, window.output) = (window.output, window.input)
        if context.integers("output_shape") != nil { try window.padForOutputShape(context) }
        let columns = try ColumnMatrix(window: window, channels: filters)
        let outputFilters = output.shape[1]
        return Kernel(outputs: [output], scratchByteCount: columns.byteCount) { [window] inputs, outputs, scratch in
            let target = outputs[0].floatPointer
            let bias = inputs.optionalFloats(2)
            for plane in 0..<input[0] * outputFilters {
                (target + plane * window.inputCount).update(
                    repeating: bias.map { $0[plane % outputFilters] } ?? 0, count: window.inputCount)
            }
            let matrix = scratch.assumingMemoryBound(to: Float.self)
            for part in 0..<input[0] * groups {
                let source = inputs.floats(0) + part * channels * window.outputCount
                let weights = inputs.floats(1) + part % groups * channels * columns.height
                let target = target + part * filters * window.inputCount
                var row = 0
                while row < columns.rowCount {
                    let rows = row..<min(row + columns.rowsAtATime, columns.rowCount)
                    let width = rows.count * window.output[2]
                    multiply(
                        columns.height, width, channels, weights, transposeA: true, lda: max(columns.height, 1),
                        source + row * window.output[2], ldb: max(window.outputCount, 1), matrix, ldc: max(width, 1))
                    columns.add(rows: rows, from: matrix, to: target)
                    row = rows.upperBound
                }
            }
        }
    }
}

extension SpatialWindow {
    /// Pads so that a transposed convolution gives the extents that `output_shape` asks for; `input` is what the window
    /// slides over.
    fileprivate mutating func padForOutputShape(_ context: KernelContext) throws(KernelFault) {
        let axes = context.integers("output_shape")?.count ?? 0
        let extra = context.integers("output_padding") ?? Array(repeating: 0, count: axes)
        guard axes <= 3, extra.count == axes, extra.allSatisfy({ $0 >= 0 && $0 <= largestCount }) else {
            throw KernelFault("output_padding \(extra) does not fit")
        }
        let isUpper = context.text("auto_pad", default: "NOTSET") == "SAME_UPPER"
        for axis in 3 - axes..<3 {
            let full = (output[axis] - 1) * strides[axis] + extra[axis - 3 + axes] + span[axis]
            let total = max(full - input[axis], 0)
            padsBefore[axis] = isUpper ? total / 2 : total - total / 2
            padsAfter[axis] = total - padsBefore[axis]
        }
    }
}
