import Glibc
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Operators that keep, reverse or overwrite parts of a tensor.
    static let selecting: [String: Maker] = [
        "CenterCropPad": cropCentre, "ReverseSequence": reverseSequence, "TensorScatter": scatterTensor, "Compress": compress,
        "NonZero": placesOfNonzeros,
    ]

    /// Crops what is too long evenly at both ends and surrounds with zeros what is too short.
    private static let cropCentre: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let input = try context.shape(0)
        guard input.rank == output.shape.rank else { throw KernelFault("\(input) does not become \(output.shape)") }
        var (from, to): ([Int], [Int]) = ([], [])
        var kept: [Int] = []
        for (before, after) in zip(input.dimensions, output.shape.dimensions) {
            from.append(max(before - after, 0) / 2)
            to.append(max(after - before, 0) / 2)
            kept.append(min(before, after))
        }
        let (sourceStrides, targetStrides) = (input.rowMajorStrides, output.shape.rowMajorStrides)
        let size = output.elementType.byteCount
        let rows = Shape(Array(kept.dropLast()) + (kept.isEmpty ? [] : [1]))
        let run = (kept.last ?? 1) * size
        let byteCount = output.byteCount
        return Kernel(outputs: [output]) { [from, to] inputs, outputs, _ in
            memset(outputs[0].bytes, 0, byteCount)
            guard run > 0 else { return }
            rows.forEachIndex { index in
                var (source, target) = (0, 0)
                for axis in index.indices {
                    source += (from[axis] + index[axis]) * sourceStrides[axis]
                    target += (to[axis] + index[axis]) * targetStrides[axis]
                }
                (outputs[0].bytes + target * size).copyMemory(from: inputs.given(0).bytes + source * size, byteCount: run)
            }
        }
    }

    /// The first elements along time, as many as each sample's length says, in reverse order.
    private static let reverseSequence: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let shape = output.shape
        guard shape.rank >= 2 else { throw KernelFault("an input of \(shape) has no time") }
        let batch = try context.normalized(context.integer("batch_axis", default: 1), rank: shape.rank)
        let time = try context.normalized(context.integer("time_axis", default: 0), rank: shape.rank)
        guard batch + time == 1 else { throw KernelFault("its axes are not the first two") }
        let lengths = try context.input(1).type
        guard lengths.elementType == .int64, lengths.shape.count == shape[batch] else {
            throw KernelFault("lengths of \(lengths.shape) of \(lengths.elementType) do not fit \(shape)")
        }
        let run = try checkedProduct(Array(shape.dimensions[2...]) + [output.elementType.byteCount])
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let lengths = inputs.given(1).elements(as: Int64.self)
            for first in 0..<shape[0] {
                for second in 0..<shape[1] {
                    let (sample, step) = batch == 0 ? (first, second) : (second, first)
                    let length = min(max(Int(clamping: lengths[sample]), 0), shape[time])
                    let from = step < length ? length - 1 - step : step
                    let source = batch == 0 ? sample * shape[1] + from : from * shape[1] + sample
                    (outputs[0].bytes + (first * shape[1] + second) * run).copyMemory(
                        from: inputs.given(0).bytes + source * run, byteCount: run)
                }
            }
        }
    }

    /// Writes an update along an axis from a place on that each sample names; with `circular` beyond the end, from the start.
    private static let scatterTensor: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let (shape, update) = (output.shape, try context.shape(1))
        guard try context.elementType(1) == output.elementType else { throw KernelFault("its element types differ") }
        let axis = try context.normalized(context.integer("axis", default: -2), rank: shape.rank)
        var wanted = shape.dimensions
        if update.rank == shape.rank { wanted[axis] = update[axis] }
        guard axis > 0, update.dimensions == wanted, update[axis] <= shape[axis] else {
            throw KernelFault("an update of \(update) does not fit \(shape)")
        }
        let mode = context.text("mode", default: "linear")
        guard mode == "linear" || mode == "circular" else { throw KernelFault("mode \"\(mode)\" is not supported") }
        if context.hasInput(2) {
            let type = try context.input(2).type
            guard type.elementType == .int64, type.shape.count == shape[0] else {
                throw KernelFault("places of \(type.shape) of \(type.elementType) do not fit \(shape)")
            }
        }
        let (outer, extent, inner) = shape.split(at: axis)
        let run = inner * output.elementType.byteCount
        let byteCount = output.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            outputs[0].bytes.copyMemory(from: inputs.given(0).bytes, byteCount: byteCount)
            guard outer > 0 else { return }
            let places = inputs.optional(2)?.elements(as: Int64.self)
            for block in 0..<outer {
                let start = places.map { Int(clamping: $0[block / (outer / shape[0])]) } ?? 0
                for step in 0..<update[axis] {
                    var (place, overflow) = start.addingReportingOverflow(step)
                    if mode == "circular", !overflow { place = ((place % extent) + extent) % extent }
                    overflow = overflow || place < 0 || place >= extent
                    if overflow { continue }
                    (outputs[0].bytes + (block * extent + place) * run).copyMemory(
                        from: inputs.given(1).bytes + (block * update[axis] + step) * run, byteCount: run)
                }
            }
        }
    }

    /// Keeps the elements, or the slices along an axis, whose mark is true; the marks must be known beforehand.
    private static let compress: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let shape = try context.shape(0)
        guard let marks = try context.input(1).constant?.integers() else {
            throw KernelFault("how many elements are kept is seen only while the network runs")
        }
        let kept = marks.indices.filter { marks[$0] != 0 }
        var (outer, extent, inner) = (1, shape.count, 1)
        if context.integer("axis") != nil { (outer, extent, inner) = shape.split(at: try context.axis(default: 0, rank: shape.rank)) }
        let run = inner * output.elementType.byteCount
        guard kept.allSatisfy({ $0 < extent }), output.shape.count == (extent == 0 ? 0 : outer * kept.count * inner) else {
            throw KernelFault("\(marks.count) marks do not fit \(shape)")
        }
        return Kernel(outputs: [output]) { [outer, extent] inputs, outputs, _ in
            guard output.shape.count > 0 else { return }
            for block in 0..<outer {
                for (place, index) in kept.enumerated() {
                    (outputs[0].bytes + (block * kept.count + place) * run).copyMemory(
                        from: inputs.given(0).bytes + (block * extent + index) * run, byteCount: run)
                }
            }
        }
    }

    /// The places of what is not zero, one row an axis; the elements must be known beforehand.
    private static let placesOfNonzeros: Maker = { context throws(KernelFault) in
        guard let constant = try context.input(0).constant, let numbers = constant.numbers() else {
            throw KernelFault("how many elements are not zero is seen only while the network runs")
        }
        let places = numbers.indices.filter { numbers[$0] != 0 }
        let shape = constant.shape
        let output = ValueType(elementType: .int64, shape: try context.outputShape())
        guard output.shape.dimensions == [shape.rank, places.count] else { throw KernelFault("it does not give \(output.shape)") }
        let strides = shape.rowMajorStrides
        return Kernel(outputs: [output]) { _, outputs, _ in
            let target = outputs[0].elements(as: Int64.self)
            for axis in 0..<shape.rank {
                for (column, place) in places.enumerated() {
                    target[axis * places.count + column] = Int64(place / strides[axis] % shape[axis])
                }
            }
        }
    }
}
