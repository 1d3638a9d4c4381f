import CVectorMath

extension KernelLibrary {
    static let channelNormalization: [String: Maker] = [
        "BatchNormalization": batchNormalization, "LRN": localResponseNormalization,
    ]

    /// (N, C, …) by the stored mean and variance of each channel.
    private static let batchNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        let shape = output.shape
        guard !context.flag("training_mode") else { throw KernelFault("training_mode is not supported") }
        guard context.operatorSet >= 9 || context.flag("spatial", default: true) else {
            throw KernelFault("spatial 0 is not supported")
        }
        guard (1..<5).allSatisfy({ !context.usesOutput($0) }) else {
            throw KernelFault("outputs of training are not supported")
        }
        guard shape.rank >= 1 else { throw KernelFault("a scalar has no channels") }
        let channels = shape.rank == 1 ? 1 : shape[1]
        for index in 1...4 {
            _ = try context.input(index)
            try context.checkVector(index, count: channels)
        }
        let epsilon = context.float("epsilon", default: 1e-5)
        let (outer, _, inner) = shape.rank == 1 ? (shape.count, 1, 1) : shape.split(at: 1)
        var types = try context.outputs(of: .float32)
        types[0] = output
        let scratch = try checkedProduct(2, channels, 4)
        return Kernel(outputs: types, scratchByteCount: scratch) { inputs, outputs, scratch in
            let factor = scratch.assumingMemoryBound(to: Float.self)
            let offset = factor + channels
            let (scale, shift, mean, variance) = (inputs.floats(1), inputs.floats(2), inputs.floats(3), inputs.floats(4))
            for channel in 0..<channels {
                factor[channel] = scale[channel] / (variance[channel] + epsilon).squareRoot()
                offset[channel] = shift[channel] - mean[channel] * factor[channel]
            }
            let (source, target) = (inputs.floats(0), outputs[0].floatPointer)
            for item in 0..<outer {
                let start = item * channels * inner
                guard inner > 1 else {
                    pare_zip(pare_multiply_function, source + start, 1, factor, 1, target + start, channels)
                    pare_zip(pare_add_function, target + start, 1, offset, 1, target + start, channels)
                    continue
                }
                for channel in 0..<channels {
                    let plane = start + channel * inner
                    pare_map(
                        pare_affine_function, source + plane, target + plane, inner, factor[channel], offset[channel])
                }
            }
        }
    }

    /// x / (bias + alpha / size · Σ x²)^beta, summed over neighbouring channels.
    private static let localResponseNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        guard output.shape.rank >= 2, let size = context.integer("size"), size >= 1, size <= largestCount else {
            throw KernelFault("size is missing, or an input of \(output.shape) has no channels")
        }
        let scale = context.float("alpha", default: 1e-4) / Float(size)
        let beta = context.float("beta", default: 0.75)
        let bias = context.float("bias", default: 1)
        let (outer, channels, inner) = output.shape.split(at: 1)
        let scratch = try checkedProduct(inner, 4)
        return Kernel(outputs: [output], scratchByteCount: scratch) { inputs, outputs, scratch in
            let sum = scratch.assumingMemoryBound(to: Float.self)
            for item in 0..<outer {
                let start = item * channels * inner
                let (source, target) = (inputs.floats(0) + start, outputs[0].floatPointer + start)
                for channel in 0..<channels {
                    for index in 0..<inner { sum[index] = 0 }
                    let first = max(0, channel - (size - 1) / 2)
                    let last = min(channels - 1, channel + size / 2)
                    for neighbour in first...last { pare_add_squares(source + neighbour * inner, sum, inner) }
                    pare_map(pare_affine_function, sum, sum, inner, scale, bias)
                    pare_map(pare_log_function, sum, sum, inner, 0, 0)
                    pare_map(pare_affine_function, sum, sum, inner, -beta, 0)
                    pare_map(pare_exp_function, sum, sum, inner, 0, 0)
                    pare_zip(
                        pare_multiply_function, source + channel * inner, 1, sum, 1, target + channel * inner, inner)
                }
            }
        }
    }
}
