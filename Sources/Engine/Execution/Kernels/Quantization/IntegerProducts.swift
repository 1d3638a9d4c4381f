import CVectorMath
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Products and convolutions of quantized values. Zero points are taken off first; sums of products stay exact, for they are
    /// formed in float64.
    static let integerProducts: [String: Maker] = [
        "MatMulInteger": multiplyIntegers, "QLinearMatMul": multiplyQuantized, "ConvInteger": convolveIntegers,
        "QLinearConv": convolveQuantized,
    ]

    /// A quantized operand: its values and the zero points, one for all or one an index of an axis.
    private struct QuantizedOperand: Sendable {
        let input: Int
        let zeroPoint: Int
        let reader: QuantizedReader
        let shape: Shape
        let points: Int
        let inner: Int

        /// `axis` is the one that several zero points lie along.
        init(_ context: KernelContext, _ input: Int, zeroPoint: Int, axis: Int) throws(KernelFault) {
            let type = try context.input(input).type
            guard type.elementType == .uint8 || type.elementType == .int8 else {
                throw KernelFault("element type \(type.elementType) of input \(input) is not supported")
            }
            self.input = input
            self.zeroPoint = zeroPoint
            shape = type.shape
            reader = try QuantizedReader(type.elementType)
            guard context.hasInput(zeroPoint) else {
                (points, inner) = (1, 1)
                return
            }
            let point = try context.input(zeroPoint).type
            guard point.elementType == type.elementType else {
                throw KernelFault("a zero point of \(point.elementType) does not fit values of \(type.elementType)")
            }
            points = point.shape.count
            guard points == 1 || axis >= 0 && axis < shape.rank && points == shape[axis] else {
                throw KernelFault("zero points of \(point.shape) do not fit \(shape)")
            }
            inner = points == 1 ? 1 : shape.split(at: axis).inner
        }

        /// Writes the values less their zero points.
        func read(_ inputs: [TensorView?], to target: UnsafeMutablePointer<Double>) {
            let source = inputs.given(input).bytes
            let points = inputs.optional(zeroPoint)?.bytes
            for index in 0..<shape.count {
                let point = points.map { reader.number($0, self.points == 1 ? 0 : index / inner % self.points) } ?? 0
                target[index] = Double(reader.number(source, index) - point)
            }
        }
    }

    /// Two operands that are multiplied, in float64 one behind the other.
    private struct OperandPair: Sendable {
        let left: QuantizedOperand
        let right: QuantizedOperand
        let byteCount: Int

        init(_ left: QuantizedOperand, _ right: QuantizedOperand) throws(KernelFault) {
            (self.left, self.right) = (left, right)
            byteCount = try checkedProduct(left.shape.count + right.shape.count, 8)
        }

        /// Reads both; `scratch` holds `byteCount` bytes.
        func read(_ inputs: [TensorView?], to scratch: UnsafeMutableRawPointer) -> (left: UnsafePointer<Double>, right: UnsafePointer<Double>) {
            let numbers = scratch.assumingMemoryBound(to: Double.self)
            let second = numbers + left.shape.count
            left.read(inputs, to: numbers)
            right.read(inputs, to: second)
            return (UnsafePointer(numbers), UnsafePointer(second))
        }
    }

    /// NumPy's `matmul` of two operands in float64, as rows · inner · columns at places that broadcast.
    private struct Product: Sendable {
        let rows: Int
        let inner: Int
        let columns: Int
        let loop: StridedLoop
        let output: Shape

        init(_ context: KernelContext, _ operands: OperandPair) throws(KernelFault) {
            let (left, right) = (operands.left.shape, operands.right.shape)
            output = try context.outputShape()
            guard let inner = left.dimensions.last, right.rank >= 1 else { throw KernelFault("a scalar has no rows") }
            self.inner = inner
            rows = left.rank == 1 ? 1 : left[left.rank - 2]
            columns = right.rank == 1 ? 1 : right[right.rank - 1]
            guard inner == (right.rank == 1 ? right[0] : right[right.rank - 2]) else {
                throw KernelFault("\(left) × \(right) does not multiply")
            }
            let kept = (left.rank == 1 ? 0 : 1) + (right.rank == 1 ? 0 : 1)
            let batch = Shape(Array(output.dimensions.dropLast(kept)))
            loop = try StridedLoop(
                broadcasting: [Shape(Array(left.dimensions.dropLast(2))), Shape(Array(right.dimensions.dropLast(2)))], to: batch)
            guard output.count == 0 || output.count == batch.count * rows * columns else {
                throw KernelFault("\(left) × \(right) is not \(output)")
            }
        }

        func forEachSum(
            _ operands: (left: UnsafePointer<Double>, right: UnsafePointer<Double>), _ body: (_ place: Int, _ sum: Double) -> Void
        ) {
            loop.forEachRun { place, offsets in
                for step in 0..<loop.runCount {
                    let left = operands.left + (offsets[0] + step * loop.runStrides[0]) * rows * inner
                    let right = operands.right + (offsets[1] + step * loop.runStrides[1]) * inner * columns
                    for row in 0..<rows {
                        for column in 0..<columns {
                            var sum = 0.0
                            for index in 0..<inner { sum += left[row * inner + index] * right[index * columns + column] }
                            body(((place + step) * rows + row) * columns + column, sum)
                        }
                    }
                }
            }
        }
    }

    private static let multiplyIntegers: Maker = { context throws(KernelFault) in
        let operands = try OperandPair(
            QuantizedOperand(context, 0, zeroPoint: 2, axis: context.shape(0).rank - 2),
            QuantizedOperand(context, 1, zeroPoint: 3, axis: context.shape(1).rank - 1))
        let product = try Product(context, operands)
        let output = ValueType(elementType: .int32, shape: product.output)
        return Kernel(outputs: [output], scratchByteCount: operands.byteCount) { inputs, outputs, scratch in
            let numbers = operands.read(inputs, to: scratch)
            let target = outputs[0].elements(as: Int32.self)
            product.forEachSum(numbers) { target[$0] = Int32(truncatingIfNeeded: Int64($1)) }
        }
    }

    /// What sums of products are made into: the result's scale is input 6, its zero point, whose type it takes, input 7.
    private struct QuantizedResult: Sendable {
        let type: ElementType
        private let reader: QuantizedReader
        private let writer: QuantizedWriter

        init(_ context: KernelContext) throws(KernelFault) {
            try oneScale(context, 6)
            let point = try context.input(7).type
            guard point.shape.count == 1 else { throw KernelFault("zero points of \(point.shape) are not supported, only one") }
            type = point.elementType
            (reader, writer) = (try QuantizedReader(type), try QuantizedWriter(type))
        }

        /// Writes a sum at a place, times the operands' scales.
        func writer(
            _ inputs: [TensorView?], to target: UnsafeMutableRawPointer
        ) -> (_ sum: Double, _ scales: Float, _ place: Int) -> Void {
            let (scale, point) = (inputs.floats(6)[0], reader.number(inputs.given(7).bytes, 0))
            return { sum, scales, place in
                writer.write(Float(sum) * (scales / scale), zeroPoint: point, to: target, place)
            }
        }
    }

    private static func oneScale(_ context: KernelContext, _ index: Int) throws(KernelFault) {
        let shape = try context.floatShape(index)
        guard shape.count == 1 else { throw KernelFault("scales of \(shape) are not supported, only one") }
    }

    /// Scales of an operand: one for all, or one each of so many rows or columns.
    private static func scales(_ context: KernelContext, _ index: Int, for count: Int) throws(KernelFault) -> Int {
        let shape = try context.floatShape(index)
        guard shape.count == 1 || shape.count == count else { throw KernelFault("scales of \(shape) do not fit \(count) rows or columns") }
        return shape.count
    }

    /// Inputs are a, its scale and zero point, b with the same, and the result's scale and zero point. Those of a may be one
    /// a row, those of b one a column.
    private static let multiplyQuantized: Maker = { context throws(KernelFault) in
        let operands = try OperandPair(
            QuantizedOperand(context, 0, zeroPoint: 2, axis: context.shape(0).rank - 2),
            QuantizedOperand(context, 3, zeroPoint: 5, axis: context.shape(3).rank - 1))
        let product = try Product(context, operands)
        let (rows, columns) = try (scales(context, 1, for: product.rows), scales(context, 4, for: product.columns))
        let result = try QuantizedResult(context)
        let output = ValueType(elementType: result.type, shape: product.output)
        return Kernel(outputs: [output], scratchByteCount: operands.byteCount) { inputs, outputs, scratch in
            let numbers = operands.read(inputs, to: scratch)
            let (left, right) = (inputs.floats(1), inputs.floats(4))
            let write = result.writer(inputs, to: outputs[0].bytes)
            product.forEachSum(numbers) { place, sum in
                let row = rows == 1 ? 0 : place / product.columns % product.rows
                write(sum, left[row] * right[columns == 1 ? 0 : place % product.columns], place)
            }
        }
    }

    /// A convolution in float64 of (N, C, …) by (M, C / groups, …).
    private struct IntegerConvolution: Sendable {
        let window: SpatialWindow
        let items: Int
        let groups: Int
        let channels: Int
        let filters: Int
        let output: Shape

        init(_ context: KernelContext, _ operands: OperandPair) throws(KernelFault) {
            let (input, weights) = (operands.left.shape, operands.right.shape)
            output = try context.outputShape()
            guard input.rank >= 3, weights.rank == input.rank, output.rank == input.rank else {
                throw KernelFault("weights of \(weights) do not fit an input of \(input)")
            }
            groups = context.integer("group", default: 1)
            (items, channels) = (input[0], weights[1])
            guard groups >= 1, weights[0] % groups == 0, try checkedProduct(channels, groups) == input[1],
                output[1] == weights[0], output[0] == input[0]
            else { throw KernelFault("weights of \(weights) in \(groups) groups do not fit an input of \(input)") }
            filters = weights[0] / groups
            window = try SpatialWindow(context, input: input, output: output, kernel: Array(weights.dimensions[2...]))
        }

        func forEachSum(
            _ operands: (left: UnsafePointer<Double>, right: UnsafePointer<Double>),
            _ body: (_ place: Int, _ filter: Int, _ sum: Double) -> Void
        ) {
            var place = 0
            for item in 0..<items {
                for filter in 0..<groups * filters {
                    let first = (item * groups + filter / filters) * channels
                    for depth in 0..<window.output[0] {
                        for row in 0..<window.output[1] {
                            for column in 0..<window.output[2] {
                                let sum = sum(
                                    operands.left + first * window.inputCount, operands.right + filter * channels * window.kernelCount,
                                    SIMD3(depth, row, column))
                                body(place, filter, sum)
                                place += 1
                            }
                        }
                    }
                }
            }
        }

        private func sum(_ source: UnsafePointer<Double>, _ weights: UnsafePointer<Double>, _ place: SIMD3<Int>) -> Double {
            let origin = place &* window.strides &- window.padsBefore
            let columns = window.steps(axis: 2, place: place[2])
            var sum = 0.0
            for channel in 0..<channels {
                for depth in window.steps(axis: 0, place: place[0]) {
                    for row in window.steps(axis: 1, place: place[1]) {
                        let plane = channel * window.input[0] + origin[0] + depth * window.dilations[0]
                        let line = source + (plane * window.input[1] + origin[1] + row * window.dilations[1]) * window.input[2] + origin[2]
                        let filter = weights + ((channel * window.kernel[0] + depth) * window.kernel[1] + row) * window.kernel[2]
                        for column in columns { sum += line[column * window.dilations[2]] * filter[column] }
                    }
                }
            }
            return sum
        }
    }

    private static let convolveIntegers: Maker = { context throws(KernelFault) in
        let operands = try OperandPair(
            QuantizedOperand(context, 0, zeroPoint: 2, axis: -1), QuantizedOperand(context, 1, zeroPoint: 3, axis: 0))
        let convolution = try IntegerConvolution(context, operands)
        let output = ValueType(elementType: .int32, shape: convolution.output)
        return Kernel(outputs: [output], scratchByteCount: operands.byteCount) { inputs, outputs, scratch in
            let numbers = operands.read(inputs, to: scratch)
            let target = outputs[0].elements(as: Int32.self)
            convolution.forEachSum(numbers) { place, _, sum in target[place] = Int32(truncatingIfNeeded: Int64(sum)) }
        }
    }

    /// Inputs are x, its scale and zero point, w with the same, the result's scale and zero point, and a bias of int32.
    private static let convolveQuantized: Maker = { context throws(KernelFault) in
        let operands = try OperandPair(
            QuantizedOperand(context, 0, zeroPoint: 2, axis: -1), QuantizedOperand(context, 3, zeroPoint: 5, axis: 0))
        let convolution = try IntegerConvolution(context, operands)
        let filters = operands.right.shape
        try oneScale(context, 1)
        let scales = try context.floatShape(4).count
        guard scales == 1 || scales == filters[0] else { throw KernelFault("\(scales) scales do not fit \(filters)") }
        let result = try QuantizedResult(context)
        if context.hasInput(8) {
            let bias = try context.input(8).type
            guard bias.elementType == .int32, bias.shape.count == filters[0] else {
                throw KernelFault("a bias of \(bias.shape) of \(bias.elementType) does not fit")
            }
        }
        let output = ValueType(elementType: result.type, shape: convolution.output)
        return Kernel(outputs: [output], scratchByteCount: operands.byteCount) { inputs, outputs, scratch in
            let numbers = operands.read(inputs, to: scratch)
            let bias = inputs.optional(8)?.elements(as: Int32.self)
            let (left, right) = (inputs.floats(1)[0], inputs.floats(4))
            let write = result.writer(inputs, to: outputs[0].bytes)
            convolution.forEachSum(numbers) { place, filter, sum in
                write(sum + Double(bias?[filter] ?? 0), left * right[scales == 1 ? 0 : filter], place)
            }
        }
    }
}
