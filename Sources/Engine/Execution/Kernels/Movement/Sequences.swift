import Glibc
import TensorCore

extension KernelLibrary {
    /// Operators that count, order or mark elements along an axis.
    static let sequences: [String: Maker] = [
        "Range": range, "EyeLike": eyeLike, "OneHot": oneHot, "CumSum": cumulative(.sum),
        "CumProd": cumulative(.product), "Trilu": triangle,
    ]

    private static let range: Maker = { context throws(KernelFault) in
        let output = try context.output()
        for index in 1...2 {
            guard try context.elementType(index) == output.elementType, try context.shape(index).count == 1 else {
                throw KernelFault("start, limit and delta are not numbers of one type")
            }
        }
        return Kernel(outputs: [output], run: try output.elementType.numbers(Counting()))
    }

    private struct Counting: NumberGeneric {
        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            { inputs, outputs, _ in
                let delta = inputs.given(2).elements(as: type)[0]
                let start = inputs.given(0).elements(as: type)[0]
                let target = outputs[0].elements(as: type)
                for index in target.indices {
                    target[index] = .sum(start, .product(Number(integer: Int64(index)), delta))
                }
            }
        }
    }

    private static let eyeLike: Maker = { context throws(KernelFault) in
        let input = try context.input(0).type
        guard input.shape.rank == 2 else { throw KernelFault("\(input.shape) is no matrix") }
        var type = input.elementType
        if let number = context.integer("dtype") {
            guard let given = ElementType(onnxNumber: number) else {
                throw KernelFault("data type \(number) is not supported")
            }
            type = given.runtime
        }
        let offset = context.integer("k", default: 0)
        let one = try type.numbers(NumberBytes(number: 1))
        let output = ValueType(elementType: type, shape: input.shape)
        return Kernel(outputs: [output]) { _, outputs, _ in
            memset(outputs[0].bytes, 0, output.byteCount)
            for row in 0..<output.shape[0] {
                let column = row &+ offset
                guard column >= 0, column < output.shape[1] else { continue }
                one.withUnsafeBytes { bytes in
                    guard let base = bytes.baseAddress else { return }
                    (outputs[0].bytes + (row * output.shape[1] + column) * one.count).copyMemory(
                        from: base, byteCount: one.count)
                }
            }
        }
    }

    /// Positions outside of the depth, computed or not, mark nothing.
    private static let oneHot: Maker = { context throws(KernelFault) in
        let values = try context.input(2).type
        guard values.shape.count == 2 else { throw KernelFault("values are \(values.shape), not off and on") }
        let output = ValueType(elementType: values.elementType, shape: try context.outputShape())
        let axis = try context.axis(default: -1, rank: output.shape.rank)
        guard output.shape.rank == (try context.shape(0)).rank + 1 else { throw KernelFault("the depth is unknown") }
        let (outer, depth, inner) = output.shape.split(at: axis)
        let marks = Marks(outer: outer, depth: depth, inner: inner, byteCount: values.elementType.byteCount)
        return Kernel(outputs: [output], run: try context.elementType(0).numbers(marks))
    }

    private struct Marks: NumberGeneric {
        var outer: Int
        var depth: Int
        var inner: Int
        var byteCount: Int

        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            { [outer, depth, inner, byteCount] inputs, outputs, _ in
                let indices = inputs.given(0).bytes.assumingMemoryBound(to: type)
                let values = inputs.given(2).bytes
                var target = outputs[0].bytes
                for block in 0..<outer {
                    for place in 0..<depth {
                        for column in 0..<inner {
                            var index = indices[block * inner + column].integer
                            if index < 0 { index &+= Int64(depth) }
                            let isMarked = index == Int64(place)
                            target.copyMemory(from: values + (isMarked ? byteCount : 0), byteCount: byteCount)
                            target += byteCount
                        }
                    }
                }
            }
        }
    }

    private static func cumulative(_ function: PairFunction) -> Maker {
        { context throws(KernelFault) in
            let output = try context.output()
            guard try context.shape(1).count == 1 else { throw KernelFault("the axis is not one number") }
            let results = RunningResults(
                function: function, shape: output.shape, knownAxis: try context.input(1).constant?.integers()?.first,
                isWide: try isWide(context, 1), isExclusive: context.flag("exclusive"), isReversed: context.flag("reverse"))
            if let axis = results.knownAxis { _ = try context.normalized(axis, rank: output.shape.rank) }
            return Kernel(outputs: [output], run: try output.elementType.numbers(results))
        }
    }

    /// Sums or products of all elements up to one along an axis.
    private struct RunningResults: NumberGeneric {
        var function: PairFunction
        var shape: Shape
        var knownAxis: Int?
        var isWide: Bool
        var isExclusive: Bool
        var isReversed: Bool

        func make<Number: KernelNumber>(_ type: Number.Type) -> Kernel.Body {
            let combine = function.scalar(type)
            let neutral: Number = function == .product ? .one : .zero
            return { [self] inputs, outputs, _ in
                let rank = shape.rank
                let source = inputs.given(0).bytes.assumingMemoryBound(to: type)
                let target = outputs[0].bytes.assumingMemoryBound(to: type)
                // An axis that is computed and lies outside sums along none.
                guard shape.count > 0 else { return }
                guard let axis = KernelLibrary.position(inputs.given(1).bytes, 0, isWide: isWide, extent: rank) else {
                    return target.update(from: source, count: shape.count)
                }
                let (outer, extent, inner) = shape.split(at: axis)
                for block in 0..<outer {
                    let start = block * extent * inner
                    for step in 0..<extent {
                        let place = start + (isReversed ? extent - 1 - step : step) * inner
                        let before = place + (isReversed ? inner : -inner)
                        for column in 0..<inner {
                            let result = step == 0 ? neutral : target[before + column]
                            // An exclusive result ends before the element, whose predecessor is taken instead.
                            let next = !isExclusive ? source[place + column] : step == 0 ? neutral : source[before + column]
                            target[place + column] = combine(result, next)
                        }
                    }
                }
            }
        }
    }

    /// The part of each matrix above or below a diagonal; the rest is 0.
    private static let triangle: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let rank = output.shape.rank
        guard rank >= 2 else { throw KernelFault("\(output.shape) holds no matrices") }
        let isUpper = context.flag("upper", default: true)
        if context.hasInput(1) {
            let type = try context.input(1).type
            guard type.elementType == .int64, type.shape.count == 1 else {
                throw KernelFault("k is \(type.shape) of \(type.elementType), not one int64")
            }
        }
        let (rows, columns) = (output.shape[rank - 2], output.shape[rank - 1])
        let matrices = output.shape.count == 0 ? 0 : output.shape.count / (rows * columns)
        let size = output.elementType.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let diagonal = inputs.optional(1).map { Int($0.elements(as: Int64.self)[0]) } ?? 0
            let source = inputs.given(0).bytes
            memset(outputs[0].bytes, 0, output.byteCount)
            for row in 0..<matrices * rows {
                // Columns from the diagonal on, or up to and with it.
                let (first, overflow) = (row % rows).addingReportingOverflow(diagonal)
                let place = overflow ? (diagonal > 0 ? columns : -1) : min(max(first, -1), columns)
                let kept = isUpper ? max(place, 0)..<columns : 0..<min(place + 1, columns)
                guard !kept.isEmpty else { continue }
                let start = (row * columns + kept.lowerBound) * size
                (outputs[0].bytes + start).copyMemory(from: source + start, byteCount: kept.count * size)
            }
        }
    }
}
