import CVectorMath
import Glibc

extension KernelLibrary {
    static let pooling: [String: Maker] = [
        "MaxPool": maxPool, "AveragePool": averagePool, "LpPool": lpPool, "GlobalAveragePool": globalPool(.mean),
        "GlobalMaxPool": globalPool(.maximum), "GlobalLpPool": globalPool(.norm),
    ]

    private static func window(_ context: KernelContext) throws(KernelFault) -> SpatialWindow {
        guard let kernel = context.integers("kernel_shape") else { throw KernelFault("kernel_shape is missing") }
        return try SpatialWindow(
            context, input: try context.floatShape(0), output: try context.outputShape(), kernel: kernel)
    }

    /// Calls `body` for each plane and output place, with the steps of the kernel that lie in the input.
    @inline(__always)
    private static func slide(
        _ window: SpatialWindow, planes: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ body: (_ plane: UnsafePointer<Float>, _ place: SIMD3<Int>, Range<Int>, Range<Int>, Range<Int>) -> Float
    ) {
        var to = target
        for plane in 0..<planes {
            let plane = source + plane * window.inputCount
            for depth in 0..<window.output[0] {
                let depthSteps = window.steps(axis: 0, place: depth)
                for row in 0..<window.output[1] {
                    let rowSteps = window.steps(axis: 1, place: row)
                    for column in 0..<window.output[2] {
                        let columnSteps = window.steps(axis: 2, place: column)
                        to.pointee = body(plane, SIMD3(depth, row, column), depthSteps, rowSteps, columnSteps)
                        to += 1
                    }
                }
            }
        }
    }

    /// Combines the elements of a window that lie in the input.
    @inline(__always)
    private static func gather(
        _ window: SpatialWindow, _ plane: UnsafePointer<Float>, _ place: SIMD3<Int>, _ depths: Range<Int>,
        _ rows: Range<Int>, _ columns: Range<Int>, start: Float, _ combine: (Float, Float) -> Float
    ) -> Float {
        var result = start
        let origin = place &* window.strides &- window.padsBefore
        for depth in depths {
            let depth = (origin[0] + depth * window.dilations[0]) * window.input[1]
            for row in rows {
                let line = plane + (depth + origin[1] + row * window.dilations[1]) * window.input[2] + origin[2]
                for column in columns { result = combine(result, line[column * window.dilations[2]]) }
            }
        }
        return result
    }

    private static let maxPool: Maker = { context throws(KernelFault) in
        let window = try window(context)
        if context.usesOutput(1) { return try maxPoolWithIndices(context, window) }
        var types = [ValueType(elementType: .float32, shape: try context.outputShape())]
        if context.outputCount > 1 { types.append(ValueType(elementType: .int64, shape: types[0].shape)) }
        let planes = try context.shape(0)[0] * context.shape(0)[1]
        return Kernel(outputs: types) { inputs, outputs, _ in
            let target = outputs[0].floatPointer
            target.update(repeating: -.infinity, count: outputs[0].shape.count)
            forEachLine(window, planes: planes, inputs.floats(0), target) { source, places, to in
                pare_raise(source, window.strides[2], to + places.lowerBound, places.count)
            }
        }
    }

    /// Also gives where each maximum lies in the whole input, counted along the rows, or with `storage_order` along the columns.
    private static func maxPoolWithIndices(_ context: KernelContext, _ window: SpatialWindow) throws(KernelFault) -> Kernel {
        let shape = try context.outputShape()
        let types = [ValueType(elementType: .float32, shape: shape), ValueType(elementType: .int64, shape: shape)]
        let planes = try checkedProduct(context.shape(0)[0], context.shape(0)[1])
        let isByColumns = context.integer("storage_order", default: 0) != 0
        return Kernel(outputs: types) { inputs, outputs, _ in
            let places = outputs[1].elements(as: Int64.self)
            var index = 0
            slide(window, planes: planes, inputs.floats(0), outputs[0].floatPointer) { source, place, depths, rows, columns in
                var best = -Float.infinity
                var found = SIMD3<Int>()
                let origin = place &* window.strides &- window.padsBefore
                for depth in depths {
                    for row in rows {
                        for column in columns {
                            let at = origin &+ SIMD3(depth, row, column) &* window.dilations
                            let value = source[(at[0] * window.input[1] + at[1]) * window.input[2] + at[2]]
                            if value > best { (best, found) = (value, at) }
                        }
                    }
                }
                let plane = index / max(window.outputCount, 1) * window.inputCount
                let (depth, row, column) = (found[0], found[1], found[2])
                let offset =
                    isByColumns
                    ? (column * window.input[1] + row) * window.input[0] + depth
                    : (depth * window.input[1] + row) * window.input[2] + column
                places[index] = Int64(plane + offset)
                index += 1
                return best
            }
        }
    }

    private static let averagePool: Maker = { context throws(KernelFault) in
        let window = try window(context)
        let includesPadding = context.flag("count_include_pad")
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        let planes = try context.shape(0)[0] * context.shape(0)[1]
        let shares = (0..<3).map { axis in
            (0..<window.output[axis]).map { elementCount(window, axis: axis, place: $0, includesPadding: includesPadding) }
        }
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let target = outputs[0].floatPointer
            target.update(repeating: 0, count: output.shape.count)
            forEachLine(window, planes: planes, inputs.floats(0), target) { source, places, to in
                pare_add_scaled(source, window.strides[2], 1, to + places.lowerBound, places.count)
            }
            var to = target
            for _ in 0..<planes {
                for depth in shares[0] {
                    for row in shares[1] {
                        for (column, count) in shares[2].enumerated() {
                            let count = depth * row * count
                            to[column] = count > 0 ? to[column] / Float(count) : 0
                        }
                        to += window.output[2]
                    }
                }
            }
        }
    }

    /// Elements along an axis that an average divides by. With padding counted, a window still ends where the padding
    /// does.
    private static func elementCount(
        _ window: SpatialWindow, axis: Int, place: Int, includesPadding: Bool
    ) -> Int {
        guard includesPadding else { return window.steps(axis: axis, place: place).count }
        let start = place * window.strides[axis] - window.padsBefore[axis]
        let room = window.input[axis] + window.padsAfter[axis] - start
        return min(window.kernel[axis], (room - 1) / window.dilations[axis] + 1)
    }

    /// Calls `body` for each line of output places and each step of the kernel that reaches it: with the first element
    /// the step sees, the places at which it lies in the input, and the line.
    @inline(__always)
    private static func forEachLine(
        _ window: SpatialWindow, planes: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ body: (_ source: UnsafePointer<Float>, _ places: Range<Int>, _ line: UnsafeMutablePointer<Float>) -> Void
    ) {
        let origin = SIMD3<Int>() &- window.padsBefore
        let columnPlaces = (0..<window.kernel[2]).map { window.places(axis: 2, step: $0) }
        var to = target
        for plane in 0..<planes {
            let plane = source + plane * window.inputCount
            for depth in 0..<window.output[0] {
                for row in 0..<window.output[1] {
                    for depthStep in window.steps(axis: 0, place: depth) {
                        let from = (depth * window.strides[0] + depthStep * window.dilations[0] + origin[0]) * window.input[1]
                        for rowStep in window.steps(axis: 1, place: row) {
                            let line = from + row * window.strides[1] + rowStep * window.dilations[1] + origin[1]
                            for (step, places) in columnPlaces.enumerated() where !places.isEmpty {
                                let first = places.lowerBound * window.strides[2] + step * window.dilations[2] + origin[2]
                                body(plane + line * window.input[2] + first, places, to)
                            }
                        }
                    }
                    to += window.output[2]
                }
            }
        }
    }

    private static let lpPool: Maker = { context throws(KernelFault) in
        let window = try window(context)
        let order = context.integer("p", default: 2)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        let planes = try context.shape(0)[0] * context.shape(0)[1]
        let exponent = Float(order)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            slide(window, planes: planes, inputs.floats(0), outputs[0].floatPointer) { plane, place, depths, rows, columns in
                switch order {
                case 1: gather(window, plane, place, depths, rows, columns, start: 0) { $0 + abs($1) }
                case 2: gather(window, plane, place, depths, rows, columns, start: 0) { $0 + $1 * $1 }.squareRoot()
                default:
                    powf(
                        gather(window, plane, place, depths, rows, columns, start: 0) { $0 + powf(abs($1), exponent) },
                        1 / exponent)
                }
            }
        }
    }

    private enum GlobalPool: Sendable { case mean, maximum, norm }

    private static func globalPool(_ kind: GlobalPool) -> Maker {
        { context throws(KernelFault) in
            let shape = try context.floatShape(0)
            guard shape.rank >= 2 else { throw KernelFault("an input of \(shape) has no channels") }
            let output = ValueType(elementType: .float32, shape: try context.outputShape())
            let planes = output.shape.count
            let count = planes == 0 ? 0 : shape.count / planes
            let order = context.integer("p", default: 2)
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                let target = outputs[0].floatPointer
                for plane in 0..<planes {
                    let source = inputs.floats(0) + plane * count
                    switch (kind, order) {
                    case (.mean, _): target[plane] = pare_sum(source, count) / Float(count)
                    case (.maximum, _): target[plane] = pare_max(source, count)
                    case (.norm, 1): target[plane] = pare_sum_of_magnitudes(source, count)
                    case (.norm, 2): target[plane] = pare_sum_of_squares(source, 0, count).squareRoot()
                    case (.norm, _):
                        var sum: Float = 0
                        for index in 0..<count { sum += powf(abs(source[index]), Float(order)) }
                        target[plane] = powf(sum, 1 / Float(order))
                    }
                }
            }
        }
    }
}
