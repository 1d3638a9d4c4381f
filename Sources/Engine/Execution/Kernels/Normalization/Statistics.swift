import CVectorMath
import Glibc
import TensorCore

extension KernelLibrary {
    /// Normalizations by statistics of what runs through them.
    static let statistics: [String: Maker] = [
        "InstanceNormalization": instanceNormalization, "GroupNormalization": groupNormalization,
        "LayerNormalization": layerNormalization, "MeanVarianceNormalization": meanVarianceNormalization,
        "LpNormalization": lpNormalization, "RMSNormalization": rootMeanSquareNormalization,
    ]

    /// Mean and 1 / √(variance + epsilon) of a row.
    @inline(__always)
    private static func moments(
        _ row: UnsafePointer<Float>, _ count: Int, epsilon: Float
    ) -> (mean: Float, inverse: Float) {
        let mean = pare_sum(row, count) / Float(count)
        let variance = pare_sum_of_squares(row, mean, count) / Float(count)
        return (mean, 1 / (variance + epsilon).squareRoot())
    }

    /// Normalizes rows of `count` elements, `planes` of which share a channel's scale and shift.
    private static func normalizeGroups(
        _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, rows: Int, channelsPerRow: Int,
        planeCount: Int, epsilon: Float, parameters: (Int) -> (scale: Float, shift: Float)
    ) {
        let count = channelsPerRow * planeCount
        for row in 0..<rows {
            let (mean, inverse) = moments(source + row * count, count, epsilon: epsilon)
            for channel in 0..<channelsPerRow {
                let start = row * count + channel * planeCount
                let (scale, shift) = parameters(row * channelsPerRow + channel)
                pare_map(
                    pare_affine_function, source + start, target + start, planeCount, scale * inverse,
                    shift - mean * scale * inverse)
            }
        }
    }

    private static let instanceNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        guard output.shape.rank >= 2 else { throw KernelFault("an input of \(output.shape) has no channels") }
        let channels = output.shape[1]
        for index in 1...2 {
            _ = try context.input(index)
            try context.checkVector(index, count: channels)
        }
        let epsilon = context.float("epsilon", default: 1e-5)
        let (outer, _, inner) = output.shape.split(at: 1)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let (scale, shift) = (inputs.floats(1), inputs.floats(2))
            normalizeGroups(
                inputs.floats(0), outputs[0].floatPointer, rows: outer * channels, channelsPerRow: 1, planeCount: inner,
                epsilon: epsilon
            ) { (scale[$0 % channels], shift[$0 % channels]) }
        }
    }

    /// Scale and shift are one a group in opset 18 and one a channel since 21.
    private static let groupNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        guard output.shape.rank >= 2, let groups = context.integer("num_groups"), groups >= 1,
            output.shape[1] % groups == 0
        else { throw KernelFault("num_groups is missing or does not divide the channels") }
        let channels = output.shape[1]
        let perGroup = channels / groups
        let scaleCount = try context.shape(1).count
        guard scaleCount == groups || scaleCount == channels else {
            throw KernelFault("a scale of \(scaleCount) fits neither \(groups) groups nor \(channels) channels")
        }
        for index in 1...2 {
            _ = try context.input(index)
            try context.checkVector(index, count: scaleCount)
        }
        let isPerChannel = scaleCount == channels
        let epsilon = context.float("epsilon", default: 1e-5)
        let (outer, _, inner) = output.shape.split(at: 1)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            guard outer > 0 else { return }
            let (scale, shift) = (inputs.floats(1), inputs.floats(2))
            normalizeGroups(
                inputs.floats(0), outputs[0].floatPointer, rows: outer * groups, channelsPerRow: perGroup,
                planeCount: inner, epsilon: epsilon
            ) { plane in
                let index = isPerChannel ? plane % channels : plane % channels / perGroup
                return (scale[index], shift[index])
            }
        }
    }

    private static let layerNormalization: Maker = { context throws(KernelFault) in
        let shape = try context.floatShape(0)
        let axis = try context.axis(default: -1, rank: shape.rank)
        let types = try context.outputs(of: .float32)
        let (outer, extent, inner) = shape.split(at: axis)
        let count = extent &* inner
        let scaleLoop = try rowLoop(context, 1, axis: axis)
        let shiftLoop = context.hasInput(2) ? try rowLoop(context, 2, axis: axis) : nil
        let epsilon = context.float("epsilon", default: 1e-5)
        return Kernel(outputs: types) { inputs, outputs, _ in
            let scale = inputs.floats(1)
            let shift = inputs.optionalFloats(2)
            for row in 0..<outer {
                let (source, target) = (inputs.floats(0) + row * count, outputs[0].floatPointer + row * count)
                let (mean, inverse) = moments(source, count, epsilon: epsilon)
                pare_map(pare_affine_function, source, target, count, 1, -mean)
                pare_map(pare_affine_function, target, target, count, inverse, 0)
                combine(pare_multiply_function, scaleLoop, target, scale, target)
                if let shift, let shiftLoop { combine(pare_add_function, shiftLoop, target, shift, target) }
                if outputs.count > 1 { outputs[1].floatPointer[row] = mean }
                if outputs.count > 2 { outputs[2].floatPointer[row] = inverse }
            }
        }
    }

    /// Walks a row of the normalized axes together with a parameter that broadcasts to it.
    private static func rowLoop(
        _ context: KernelContext, _ index: Int, axis: Int
    ) throws(KernelFault) -> StridedLoop {
        let row = Shape(Array(try context.floatShape(0).dimensions[axis...]))
        var parameter = try context.floatShape(index)
        // Leading extents of 1 are allowed.
        while parameter.rank > row.rank, parameter[0] == 1 { parameter = Shape(Array(parameter.dimensions.dropFirst())) }
        return try StridedLoop(broadcasting: [row, parameter], to: row)
    }

    private static let rootMeanSquareNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        let axis = try context.axis(default: -1, rank: output.shape.rank)
        let (outer, extent, inner) = output.shape.split(at: axis)
        let count = extent &* inner
        let loop = try rowLoop(context, 1, axis: axis)
        let epsilon = context.float("epsilon", default: 1e-5)
        var kernel = Kernel(outputs: [output]) { inputs, outputs, _ in
            for row in 0..<outer {
                let (source, target) = (inputs.floats(0) + row * count, outputs[0].floatPointer + row * count)
                let inverse = 1 / (pare_sum_of_squares(source, 0, count) / Float(count) + epsilon).squareRoot()
                pare_map(pare_affine_function, source, target, count, inverse, 0)
                combine(pare_multiply_function, loop, target, inputs.floats(1), target)
            }
        }
        if try context.floatShape(1).count == count {
            kernel.wayBack = WayBack { inputs, gradient, targets, _ in
                backThroughRootMeanSquare(
                    inputs.floats(0), inputs.floats(1), gradient, targets, rows: outer, count: count, epsilon: epsilon)
            }
        }
        return kernel
    }

    /// (x − mean) / √variance over the axes; the mean is taken of rows that the reduction gathers.
    private static let meanVarianceNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        let shape = output.shape
        let axes = try context.normalized(context.integers("axes") ?? [0, 2, 3], rank: shape.rank)
        let kept = (0..<shape.rank).filter { !axes.contains($0) }
        // Gathered so that what is reduced is contiguous, and spread back the same way.
        let order = kept + axes.sorted()
        let strides = shape.rowMajorStrides
        let gathered = Shape(order.map { shape[$0] })
        let gather = StridedCopy(
            extents: gathered.dimensions, strides: order.map { strides[$0] }, elementByteCount: 4)
        let gatheredStrides = gathered.rowMajorStrides
        let spread = StridedCopy(
            extents: shape.dimensions,
            strides: (0..<shape.rank).map { axis in gatheredStrides[order.firstIndex(of: axis) ?? 0] },
            elementByteCount: 4)
        let count = try checkedProduct(axes.map { shape[$0] })
        let rows = count == 0 ? 0 : shape.count / count
        return Kernel(outputs: [output], scratchByteCount: output.byteCount) { inputs, outputs, scratch in
            gather.copy(from: inputs.given(0).bytes, to: scratch)
            for row in 0..<rows {
                let values = scratch.assumingMemoryBound(to: Float.self) + row * count
                let mean = pare_sum(values, count) / Float(count)
                let deviation = (pare_sum_of_squares(values, mean, count) / Float(count)).squareRoot()
                let inverse = 1 / (deviation + 1e-9)
                pare_map(pare_affine_function, values, values, count, 1, -mean)
                pare_map(pare_affine_function, values, values, count, inverse, 0)
            }
            spread.copy(from: scratch, to: outputs[0].bytes)
        }
    }

    private static let lpNormalization: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        let order = context.integer("p", default: 2)
        guard order == 1 || order == 2 else { throw KernelFault("p \(order) is not supported") }
        let axis = try context.axis(default: -1, rank: output.shape.rank)
        let (outer, extent, inner) = output.shape.split(at: axis)
        let scratch = try checkedProduct(inner, 4)
        var kernel = Kernel(outputs: [output], scratchByteCount: scratch) { inputs, outputs, scratch in
            let norm = scratch.assumingMemoryBound(to: Float.self)
            for block in 0..<outer {
                let start = block * extent * inner
                let (source, target) = (inputs.floats(0) + start, outputs[0].floatPointer + start)
                for index in 0..<inner { norm[index] = 0 }
                for line in 0..<extent {
                    if order == 1 {
                        pare_add_magnitudes(source + line * inner, norm, inner)
                    } else {
                        pare_add_squares(source + line * inner, norm, inner)
                    }
                }
                if order == 2 { pare_map(pare_sqrt_function, norm, norm, inner, 0, 0) }
                // A line of zeros stays one.
                for index in 0..<inner where norm[index] == 0 { norm[index] = 1 }
                for line in 0..<extent {
                    pare_zip(pare_divide_function, source + line * inner, 1, norm, 1, target + line * inner, inner)
                }
            }
        }
        kernel.wayBack = WayBack { inputs, gradient, targets, _ in
            guard let target = targets[0] else { return }
            backThroughNorm(inputs.floats(0), gradient, target, (outer, extent, inner), order: order)
        }
        return kernel
    }
}
