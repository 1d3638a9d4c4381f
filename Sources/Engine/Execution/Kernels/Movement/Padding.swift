import CVectorMath
import TensorCore

extension KernelLibrary {
    static let padding: [String: Maker] = ["Pad": pad]

    /// Pads, and the value, are attributes before opset 11 and inputs since; the axes came with opset 18.
    private static let pad: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let input = try context.shape(0)
        guard let pads = try context.integers(1, orAttribute: "pads") ?? context.integers("paddings") else {
            throw KernelFault("pads are missing")
        }
        let axes =
            context.hasInput(3)
            ? try context.normalized(context.integers(3), rank: input.rank) : Array(0..<input.rank)
        guard pads.count == 2 * axes.count else { throw KernelFault("pads \(pads) do not fit \(input)") }
        var before = [Int](repeating: 0, count: input.rank)
        var after = before
        for (index, axis) in axes.enumerated() {
            before[axis] = pads[index]
            after[axis] = pads[index + axes.count]
        }
        if context.hasInput(2) {
            let type = try context.input(2).type
            guard type.shape.count == 1, type.elementType == output.elementType else {
                throw KernelFault("the value to pad with is \(type.shape) of \(type.elementType)")
            }
        }
        let mode = context.text("mode", default: "constant")
        guard let edge = PaddingMode(rawValue: mode) else { throw KernelFault("mode \"\(mode)\" is not supported") }
        let plan = try PaddedCopy(
            input: input, output: output.shape, before: before, after: after, mode: edge,
            elementByteCount: output.elementType.byteCount)
        let value = context.float("value", default: 0)
        let bytes = try output.elementType.numbers(NumberBytes(number: Double(value)))
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let source = inputs.given(0).bytes
            if let filler = inputs.optional(2) {
                plan.copy(from: source, to: outputs[0].bytes, filler: filler.bytes)
            } else {
                bytes.withUnsafeBytes { bytes in
                    guard let filler = bytes.baseAddress else { return }
                    plan.copy(from: source, to: outputs[0].bytes, filler: filler)
                }
            }
        }
    }
}

/// The bytes of a number as a type stores it.
struct NumberBytes: NumberGeneric {
    var number: Double

    func make<Number: KernelNumber>(_ type: Number.Type) -> [UInt8] {
        withUnsafeBytes(of: Number(number: number)) { Array($0) }
    }
}

private enum PaddingMode: String {
    case constant, reflect, edge, wrap
}

/// Fills an output from positions of a source that are looked up for each axis.
private struct PaddedCopy: Sendable {
    /// For each axis and output position the source's offset in elements; −1 where the filler stands.
    private var places: [[Int]] = []
    /// The output positions of the last axis that lie next to each other in the source.
    private var interior = 0..<0
    private let elementByteCount: Int
    private let isScalar: Bool

    init(
        input: Shape, output: Shape, before: [Int], after: [Int], mode: PaddingMode, elementByteCount: Int
    ) throws(KernelFault) {
        self.elementByteCount = elementByteCount
        isScalar = input.rank == 0
        guard output.rank == input.rank else { throw KernelFault("\(input) is not padded to \(output)") }
        guard output.count > 0 else { return }
        guard output.dimensions.allSatisfy({ $0 <= longestTable }) else {
            throw KernelFault("an axis of \(output) is too long")
        }
        for (axis, stride) in input.rowMajorStrides.enumerated() {
            let extent = input[axis]
            guard output[axis] == extent &+ before[axis] &+ after[axis] else {
                throw KernelFault("\(input) is not padded to \(output)")
            }
            guard extent > 0 || mode == .constant else { throw KernelFault("an empty axis cannot be padded by \(mode)") }
            // What negative pads crop is gone before the rest is repeated.
            let cropped = max(-before[axis], 0)
            let remaining = extent - cropped - max(-after[axis], 0)
            guard remaining > 0 || mode == .constant else { throw KernelFault("nothing of \(input) remains to be repeated") }
            let shift = cropped + before[axis]
            places.append(
                (0..<output[axis]).map { position in
                    Self.source(position - shift, remaining, mode).map { ($0 + cropped) * stride } ?? -1
                })
        }
        if let last = places.last {
            let start = max(before[input.rank - 1], 0)
            interior = start..<max(start, min(last.count, before[input.rank - 1] &+ input[input.rank - 1]))
        }
    }

    /// The position an output position outside of the input takes its element from.
    private static func source(_ position: Int, _ extent: Int, _ mode: PaddingMode) -> Int? {
        if position >= 0, position < extent { return position }
        func modulo(_ value: Int, _ period: Int) -> Int { (value % period + period) % period }
        switch mode {
        case .constant: return nil
        case .edge: return min(max(position, 0), extent - 1)
        case .wrap: return modulo(position, extent)
        case .reflect:
            guard extent > 1 else { return 0 }
            let place = modulo(position, 2 * (extent - 1))
            return place < extent ? place : 2 * (extent - 1) - place
        }
    }

    func copy(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, filler: UnsafeRawPointer) {
        let size = elementByteCount
        guard let row = places.last else {
            if isScalar { target.copyMemory(from: source, byteCount: size) }
            return
        }
        let outer = places.dropLast()
        var index = [Int](repeating: 0, count: outer.count)
        var to = target
        while true {
            var from = 0
            var isFilled = false
            for (axis, position) in index.enumerated() {
                let offset = outer[axis][position]
                if offset < 0 { isFilled = true } else { from += offset }
            }
            if isFilled {
                pare_copy_strided(filler, 0, to, row.count, size)
            } else {
                for position in 0..<interior.lowerBound { element(row[position], from, source, filler, to, position) }
                if !interior.isEmpty {
                    (to + interior.lowerBound * size).copyMemory(
                        from: source + (from + row[interior.lowerBound]) * size, byteCount: interior.count * size)
                }
                for position in interior.upperBound..<row.count {
                    element(row[position], from, source, filler, to, position)
                }
            }
            to += row.count * size
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < outer[axis].count { break }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    @inline(__always)
    private func element(
        _ place: Int, _ from: Int, _ source: UnsafeRawPointer, _ filler: UnsafeRawPointer,
        _ to: UnsafeMutableRawPointer, _ position: Int
    ) {
        let element = place < 0 ? filler : source + (from + place) * elementByteCount
        (to + position * elementByteCount).copyMemory(from: element, byteCount: elementByteCount)
    }
}
