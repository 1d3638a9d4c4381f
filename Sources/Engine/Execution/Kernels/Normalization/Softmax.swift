import CVectorMath
import Glibc

extension KernelLibrary {
    static let softmax: [String: Maker] = ["Softmax": softmax(isLogarithmic: false), "LogSoftmax": softmax(isLogarithmic: true)]

    /// Before opset 13 everything from the axis on is one distribution; since, each line along the axis is.
    private static func softmax(isLogarithmic: Bool) -> Maker {
        { context throws(KernelFault) in
            let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
            let shape = output.shape
            guard shape.count > 0, shape.rank > 0 else {
                let value: Float = isLogarithmic ? 0 : 1
                return Kernel(outputs: [output]) { _, outputs, _ in outputs[0].floats.update(repeating: value) }
            }
            let axis = try context.axis(default: context.operatorSet < 13 ? 1 : -1, rank: shape.rank)
            var (outer, extent, inner) = shape.split(at: axis)
            if context.operatorSet < 13 { (extent, inner) = (extent * inner, 1) }
            let lines = Lines(outer: outer, extent: extent, inner: inner)
            guard inner > 1 else {
                return Kernel(outputs: [output]) { inputs, outputs, _ in
                    lines.rows(inputs.floats(0), outputs[0].floatPointer, isLogarithmic: isLogarithmic)
                }
            }
            let scratch = try checkedProduct(2, inner, 4)
            return Kernel(outputs: [output], scratchByteCount: scratch) { inputs, outputs, scratch in
                lines.columns(
                    inputs.floats(0), outputs[0].floatPointer, scratch.assumingMemoryBound(to: Float.self),
                    isLogarithmic: isLogarithmic)
            }
        }
    }

    /// Distributions that lie along the middle one of three axes.
    private struct Lines: Sendable {
        var outer: Int
        var extent: Int
        var inner: Int

        func rows(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, isLogarithmic: Bool) {
            for row in 0..<outer {
                let (source, target) = (source + row * extent, target + row * extent)
                let shift = pare_max(source, extent)
                let sum = pare_exp_sum(source, shift, target, extent)
                if isLogarithmic {
                    // (x − max) − log Σ, so that a large maximum does not swallow the logarithm.
                    pare_map(pare_affine_function, source, target, extent, 1, -shift)
                    pare_map(pare_affine_function, target, target, extent, 1, -logf(sum))
                } else {
                    pare_map(pare_affine_function, target, target, extent, 1 / sum, 0)
                }
            }
        }

        func columns(
            _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>,
            isLogarithmic: Bool
        ) {
            let (largest, sum) = (scratch, scratch + inner)
            for block in 0..<outer {
                let (source, target) = (source + block * extent * inner, target + block * extent * inner)
                largest.update(from: source, count: inner)
                for line in 1..<max(extent, 1) {
                    pare_zip(pare_maximum_function, largest, 1, source + line * inner, 1, largest, inner)
                }
                for index in 0..<inner { sum[index] = 0 }
                for line in 0..<extent {
                    let row = target + line * inner
                    pare_zip(pare_subtract_function, source + line * inner, 1, largest, 1, row, inner)
                    pare_map(pare_exp_function, row, row, inner, 0, 0)
                    pare_zip(pare_add_function, sum, 1, row, 1, sum, inner)
                }
                if isLogarithmic {
                    pare_map(pare_log_function, sum, sum, inner, 0, 0)
                    for line in 0..<extent {
                        let row = target + line * inner
                        pare_zip(pare_subtract_function, source + line * inner, 1, largest, 1, row, inner)
                        pare_zip(pare_subtract_function, row, 1, sum, 1, row, inner)
                    }
                } else {
                    pare_map(pare_reciprocal_function, sum, sum, inner, 0, 0)
                    for line in 0..<extent {
                        pare_zip(pare_multiply_function, target + line * inner, 1, sum, 1, target + line * inner, inner)
                    }
                }
            }
        }
    }
}
