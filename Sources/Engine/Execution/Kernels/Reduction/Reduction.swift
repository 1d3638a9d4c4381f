import CVectorMath
import Glibc
import TensorCore

/// How a reduction makes one number of many.
enum ReductionKind: String, CaseIterable, Sendable {
    case sum = "Sum", mean = "Mean", maximum = "Max", minimum = "Min", product = "Prod"
    case magnitudes = "L1", norm = "L2", logSum = "LogSum", logSumExp = "LogSumExp", squares = "SumSquare"

    /// By an operator's name, such as ReduceMean.
    init?(operation: String) {
        guard operation.hasPrefix("Reduce") else { return nil }
        self.init(rawValue: String(operation.dropFirst("Reduce".count)))
    }
}

extension KernelLibrary {
    static let reduction: [String: Maker] = {
        var makers: [String: Maker] = ["ArgMax": extremePlace(isLargest: true), "ArgMin": extremePlace(isLargest: false)]
        for kind in ReductionKind.allCases { makers["Reduce" + kind.rawValue] = reduce(kind) }
        return makers
    }()

    private static func reduce(_ kind: ReductionKind) -> Maker {
        { context throws(KernelFault) in
            let output = try context.output()
            let input = try context.shape(0)
            var axes = try context.normalized(
                try context.integers(1, orAttribute: "axes") ?? [], rank: input.rank)
            if axes.isEmpty {
                if context.flag("noop_with_empty_axes") { return try pointwise(kind, context, output) }
                axes = Array(0..<input.rank)
            }
            let layout = try ReductionLayout(input: input, axes: axes)
            guard layout.keptCount == output.shape.count else {
                throw KernelFault("\(input) does not reduce to \(output.shape)")
            }
            let run =
                output.elementType == .float32
                ? layout.floats(kind) : try output.elementType.numbers(NumberReduction(layout: layout, kind: kind))
            let scratch = try checkedProduct(layout.needsGathering ? input.count : 0, output.elementType.byteCount)
            return Kernel(outputs: [output], scratchByteCount: scratch, run: run)
        }
    }

    /// No axes at all: each element is reduced alone.
    private static func pointwise(
        _ kind: ReductionKind, _ context: KernelContext, _ output: ValueType
    ) throws(KernelFault) -> Kernel {
        switch kind {
        case .magnitudes, .norm: try map(context, pare_abs_function) { x, _, _ in abs(x) }
        case .squares: try map(context, pare_square_function) { x, _, _ in x * x }
        case .logSum: try map(context, pare_log_function) { x, _, _ in log(x) }
        default: try copy(context)
        }
    }
}

/// The order in which a reduction reads: rows of the reduced axes, gathered first where they are not contiguous.
struct ReductionLayout: Sendable {
    let keptCount: Int
    let reducedCount: Int
    let needsGathering: Bool
    /// Elements behind the reduced axes, where these are neighbours; then lines are added to lines.
    let inner: Int
    private let input: Shape
    private let order: [Int]

    init(input: Shape, axes: [Int]) throws(KernelFault) {
        self.input = input
        let axes = axes.sorted()
        let kept = (0..<input.rank).filter { !axes.contains($0) }
        order = kept + axes
        keptCount = try checkedProduct(kept.map { input[$0] })
        reducedCount = try checkedProduct(axes.map { input[$0] })
        let first = axes.first ?? input.rank
        let isTogether = axes == Array(first..<first + axes.count)
        needsGathering = !isTogether && keptCount > 0 && reducedCount > 0
        inner = isTogether && keptCount > 0 ? try checkedProduct(input.dimensions[(first + axes.count)...]) : 1
    }

    /// Where the elements to reduce lie, as (outer, reduced, inner).
    func source(
        _ view: TensorView, scratch: UnsafeMutableRawPointer
    ) -> UnsafeRawPointer {
        guard needsGathering else { return view.bytes }
        let strides = input.rowMajorStrides
        StridedCopy(
            extents: order.map { input[$0] }, strides: order.map { strides[$0] },
            elementByteCount: view.type.elementType.byteCount
        ).copy(from: view.bytes, to: scratch)
        return UnsafeRawPointer(scratch)
    }

    func floats(_ kind: ReductionKind) -> Kernel.Body {
        { inputs, outputs, scratch in
            let source = source(inputs.given(0), scratch: scratch).assumingMemoryBound(to: Float.self)
            let target = outputs[0].floatPointer
            for outer in 0..<(inner == 0 ? 0 : keptCount / inner) {
                let from = source + outer * reducedCount * inner
                if inner == 1 {
                    target[outer] = Self.row(kind, from, reducedCount)
                } else {
                    Self.lines(kind, from, reducedCount, inner, target + outer * inner)
                }
            }
        }
    }

    private static func row(_ kind: ReductionKind, _ source: UnsafePointer<Float>, _ count: Int) -> Float {
        switch kind {
        case .sum: return pare_sum(source, count)
        case .mean: return pare_sum(source, count) / Float(count)
        case .maximum: return pare_max(source, count)
        case .minimum: return pare_min(source, count)
        case .product:
            var product: Float = 1
            for index in 0..<count { product *= source[index] }
            return product
        case .magnitudes: return pare_sum_of_magnitudes(source, count)
        case .norm: return pare_sum_of_squares(source, 0, count).squareRoot()
        case .logSum: return logf(pare_sum(source, count))
        case .squares: return pare_sum_of_squares(source, 0, count)
        case .logSumExp:
            let largest = pare_max(source, count)
            guard largest.isFinite else { return largest }
            var sum: Float = 0
            for index in 0..<count { sum += expf(source[index] - largest) }
            return largest + logf(sum)
        }
    }

    /// Reduces `count` lines of `width` elements to one.
    private static func lines(
        _ kind: ReductionKind, _ source: UnsafePointer<Float>, _ count: Int, _ width: Int,
        _ target: UnsafeMutablePointer<Float>
    ) {
        func fold(_ function: pare_pair_function, start: Float) {
            target.update(repeating: start, count: width)
            for line in 0..<count { pare_zip(function, target, 1, source + line * width, 1, target, width) }
        }
        switch kind {
        case .sum: fold(pare_add_function, start: 0)
        case .mean:
            fold(pare_add_function, start: 0)
            pare_map(pare_affine_function, target, target, width, 1 / Float(count), 0)
        case .logSum:
            fold(pare_add_function, start: 0)
            pare_map(pare_log_function, target, target, width, 0, 0)
        case .maximum: fold(pare_maximum_function, start: -.infinity)
        case .minimum: fold(pare_minimum_function, start: .infinity)
        case .product: fold(pare_multiply_function, start: 1)
        case .magnitudes:
            target.update(repeating: 0, count: width)
            for line in 0..<count { pare_add_magnitudes(source + line * width, target, width) }
        case .squares, .norm:
            target.update(repeating: 0, count: width)
            for line in 0..<count { pare_add_squares(source + line * width, target, width) }
            if kind == .norm { pare_map(pare_sqrt_function, target, target, width, 0, 0) }
        case .logSumExp:
            fold(pare_maximum_function, start: -.infinity)
            for column in 0..<width where target[column].isFinite {
                var sum: Float = 0
                for line in 0..<count { sum += expf(source[line * width + column] - target[column]) }
                target[column] += logf(sum)
            }
        }
    }
}

/// A reduction of numbers other than float32.
private struct NumberReduction: NumberGeneric {
    var layout: ReductionLayout
    var kind: ReductionKind

    func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
        { [layout, kind] inputs, outputs, scratch in
            let source = layout.source(inputs.given(0), scratch: scratch).assumingMemoryBound(to: type)
            let target = outputs[0].elements(as: type)
            let (count, inner) = (layout.reducedCount, layout.inner)
            for index in target.indices {
                let from = source + index / inner * count * inner + index % inner
                target[index] = Self.reduce(kind, from, count, stride: inner)
            }
        }
    }

    private static func reduce<Number: KernelNumber>(
        _ kind: ReductionKind, _ source: UnsafePointer<Number>, _ count: Int, stride: Int
    ) -> Number {
        func fold(_ start: Number, _ combine: (Number, Number) -> Number) -> Number {
            var result = start
            for index in 0..<count { result = combine(result, source[index * stride]) }
            return result
        }
        func real(_ function: (Double) -> Double) -> Double {
            var sum = 0.0
            for index in 0..<count { sum += function(source[index * stride].number) }
            return sum
        }
        switch kind {
        case .sum: return fold(.zero, Number.sum)
        case .product: return fold(.one, Number.product)
        case .maximum: return fold(.least, Number.maximum)
        case .minimum: return fold(.greatest, Number.minimum)
        case .squares: return fold(.zero) { .sum($0, .product($1, $1)) }
        case .magnitudes: return fold(.zero) { .sum($0, $1 < .zero ? .difference(.zero, $1) : $1) }
        case .mean: return Number.quotient(fold(.zero, Number.sum), Number(integer: Int64(count)))
        case .norm: return Number(number: real { $0 * $0 }.squareRoot())
        case .logSum: return Number(number: log(real { $0 }))
        case .logSumExp:
            let largest = fold(.least, Number.maximum).number
            return Number(number: largest + log(real { exp($0 - largest) }))
        }
    }
}
