import CVectorMath

extension KernelLibrary {
    static let convolution: [String: Maker] = ["Conv": convolve]

    /// X (N, C, …) ∗ W (M, C / groups, …) + B (M), by one matrix product for each item, group and block of rows.
    private static let convolve: Maker = { context throws(KernelFault) in
        let input = try context.floatShape(0)
        let weights = try context.floatShape(1)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        guard input.rank >= 3, weights.rank == input.rank, output.shape.rank == input.rank else {
            throw KernelFault("weights of \(weights) do not fit an input of \(input)")
        }
        let groups = context.integer("group", default: 1)
        let (filters, channels) = (weights[0], weights[1])
        guard groups >= 1, filters % groups == 0, try checkedProduct(channels, groups) == input[1],
            output.shape[1] == filters, output.shape[0] == input[0]
        else { throw KernelFault("weights of \(weights) in \(groups) groups do not fit an input of \(input)") }
        try context.checkVector(2, count: filters)
        let window = try SpatialWindow(
            context, input: input, output: output.shape, kernel: Array(weights.dimensions[2...]))
        let plan = try ConvolutionPlan(
            items: input[0], groups: groups, channels: channels, filters: filters / groups, window: window)
        return Kernel(outputs: [output], scratchByteCount: plan.scratchByteCount) { inputs, outputs, scratch in
            let target = outputs[0].floatPointer
            let bias = inputs.optionalFloats(2)
            for plane in 0..<input[0] * filters {
                (target + plane * window.outputCount).update(
                    repeating: bias.map { $0[plane % filters] } ?? 0, count: window.outputCount)
            }
            plan.add(
                inputs.floats(0), weights: inputs.floats(1), to: target, scratch: scratch.assumingMemoryBound(to: Float.self))
        }
    }
}

/// A convolution's parts; `channels` and `filters` count one group's.
private struct ConvolutionPlan: Sendable {
    let items: Int
    let groups: Int
    let channels: Int
    let filters: Int
    let window: SpatialWindow
    let columns: ColumnMatrix
    /// A window of one element that moves by one: the input is its own column matrix.
    let isPointwise: Bool
    /// One filter a channel: sums of scaled rows are faster than products of one row.
    let isDepthwise: Bool

    init(items: Int, groups: Int, channels: Int, filters: Int, window: SpatialWindow) throws(KernelFault) {
        self.items = items
        self.groups = groups
        self.channels = channels
        self.filters = filters
        self.window = window
        isPointwise =
            window.kernelCount == 1 && window.strides == SIMD3(repeating: 1) && window.input == window.output
            && window.padsBefore == SIMD3(repeating: 0)
        isDepthwise = channels == 1 && filters == 1
        columns = try ColumnMatrix(window: window, channels: channels)
        scratchByteCount = isPointwise || isDepthwise ? 0 : columns.byteCount
    }

    let scratchByteCount: Int

    func add(
        _ source: UnsafePointer<Float>, weights: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let height = columns.height
        for part in 0..<items * groups {
            let source = source + part * channels * window.inputCount
            let target = target + part * filters * window.outputCount
            let weights = weights + part % groups * filters * height
            if isDepthwise {
                addDepthwise(source, weights, target)
            } else if isPointwise {
                multiply(
                    filters, window.outputCount, channels, weights, lda: max(channels, 1), source,
                    ldb: max(window.inputCount, 1), beta: 1, target, ldc: max(window.outputCount, 1))
            } else {
                var row = 0
                while row < columns.rowCount {
                    let rows = row..<min(row + columns.rowsAtATime, columns.rowCount)
                    columns.fill(rows: rows, from: source, to: scratch)
                    let width = rows.count * window.output[2]
                    multiply(
                        filters, width, height, weights, lda: max(height, 1), scratch, ldb: max(width, 1), beta: 1,
                        target + row * window.output[2], ldc: max(window.outputCount, 1))
                    row = rows.upperBound
                }
            }
        }
    }

    private func addDepthwise(
        _ source: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
    ) {
        for depth in 0..<window.output[0] {
            for depthStep in window.steps(axis: 0, place: depth) {
                let depthLine = depth * window.strides[0] + depthStep * window.dilations[0] - window.padsBefore[0]
                for row in 0..<window.output[1] {
                    for rowStep in window.steps(axis: 1, place: row) {
                        let rowLine = row * window.strides[1] + rowStep * window.dilations[1] - window.padsBefore[1]
                        let line = source + (depthLine * window.input[1] + rowLine) * window.input[2]
                        let to = target + (depth * window.output[1] + row) * window.output[2]
                        for step in 0..<window.kernel[2] {
                            let places = window.places(axis: 2, step: step)
                            guard !places.isEmpty else { continue }
                            let first =
                                places.lowerBound * window.strides[2] + step * window.dilations[2]
                                - window.padsBefore[2]
                            let weight = weights[(depthStep * window.kernel[1] + rowStep) * window.kernel[2] + step]
                            pare_add_scaled(
                                line + first, window.strides[2], weight, to + places.lowerBound, places.count)
                        }
                    }
                }
            }
        }
    }
}
