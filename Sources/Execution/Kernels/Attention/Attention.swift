import CVectorMath
import Glibc
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Attention over sequences, and what goes with it.
    static let attention: [String: Maker] = [
        "Attention": scaledAttention, "RotaryEmbedding": rotaryEmbedding, "LinearAttention": linearAttention,
        "CausalConvWithState": causalConvolution,
    ]

    /// softmax(scale · Q·Kᵀ + bias)·V, head by head; keys and values of the past come first.
    private static let scaledAttention: Maker = { context throws(KernelFault) in
        let shapes = [try context.floatShape(0), try context.floatShape(1), try context.floatShape(2)]
        let past = context.hasInput(4) ? try context.floatShape(4) : nil
        guard
            let extents = AttentionExtents(
                shapes, past: past, queryHeads: context.integer("q_num_heads"), keyHeads: context.integer("kv_num_heads"))
        else { throw KernelFault("queries of \(shapes[0]), keys of \(shapes[1]) and values of \(shapes[2]) do not fit") }
        guard context.hasInput(4) == context.hasInput(5) else { throw KernelFault("of the past, keys or values are missing") }
        if past != nil {
            let values = try context.floatShape(5)
            guard values.dimensions == [extents.batch, extents.keyHeads, extents.pastKeys, extents.valueSize] else {
                throw KernelFault("values of the past are \(values)")
            }
        }
        let count = context.usesOutput(3) ? 4 : past != nil || context.usesOutput(1) || context.usesOutput(2) ? 3 : 1
        var outputs: [ValueType] = []
        for index in 0..<max(count, context.outputCount) {
            outputs.append(ValueType(elementType: .float32, shape: try context.outputShape(index)))
        }
        let run = AttentionRun(
            extents: extents, mask: try AttentionMask(context, extents),
            scale: context.float("scale") ?? 1 / Float(max(extents.headSize, 1)).squareRoot(),
            cap: context.float("softcap", default: 0), shown: context.integer("qk_matmul_output_mode", default: 0),
            showsScores: context.usesOutput(3))
        let scratch = try checkedProduct(2, extents.queries, max(extents.keys, 1), 4)
        return Kernel(outputs: outputs, scratchByteCount: scratch) { inputs, outputs, scratch in
            run.run(inputs, outputs, scratch.assumingMemoryBound(to: Float.self))
        }
    }
}

/// Which keys a query attends to, as numbers added to its scores: 0, −∞ or what a mask of numbers holds.
private struct AttentionMask: Sendable {
    let extents: AttentionExtents
    /// Strides of the mask over batch, heads, queries and keys; nil without one.
    let strides: [Int]?
    /// Keys the mask knows of; those behind are not attended to.
    let maskedKeys: Int
    let isBoolean: Bool
    let isCausal: Bool
    /// How far a query looks to the left and to the right; negative for as far as there is.
    let window: (left: Int, right: Int)

    init(_ context: KernelContext, _ extents: AttentionExtents) throws(KernelFault) {
        self.extents = extents
        isCausal = context.flag("is_causal")
        window = (context.integer("left_window_size", default: -1), context.integer("right_window_size", default: -1))
        guard window.left <= largestCount, window.right <= largestCount else { throw KernelFault("its window is too wide") }
        if context.hasInput(6) {
            let type = try context.input(6).type
            guard type.elementType == .int64, type.shape.count == extents.batch else {
                throw KernelFault("the counts of keys are \(type.shape) of \(type.elementType)")
            }
        }
        guard context.hasInput(3) else {
            (strides, maskedKeys, isBoolean) = (nil, extents.keys, false)
            return
        }
        let type = try context.input(3).type
        guard type.elementType == .boolean || type.elementType == .float32, let last = type.shape.dimensions.last else {
            throw KernelFault("a mask of \(type.elementType) is not supported")
        }
        isBoolean = type.elementType == .boolean
        // A last extent of 1 stretches; a shorter one than the keys' leaves the keys behind it out.
        maskedKeys = last == 1 ? extents.keys : last
        guard maskedKeys <= extents.keys else { throw KernelFault("the mask knows of \(last) of \(extents.keys) keys") }
        strides = try type.shape.broadcastStrides(
            to: Shape([extents.batch, extents.queryHeads, extents.queries, maskedKeys]))
    }

    /// Writes the numbers of a head, (queries, keys).
    func fill(_ inputs: [TensorView?], batch: Int, head: Int, _ target: UnsafeMutablePointer<Float>) {
        let counts = inputs.optional(6)?.elements(as: Int64.self)
        let offset = extents.pastKeys > 0 || counts == nil ? extents.pastKeys : Int(clamping: counts?[batch] ?? 0) - extents.queries
        let known = counts.map { Int(clamping: $0[batch]) } ?? extents.keys
        let mask = inputs.optional(3)?.bytes
        for query in 0..<extents.queries {
            let row = target + query * extents.keys
            let place = offset &+ query
            for key in 0..<extents.keys {
                let isSeen = key < known && (!isCausal || key <= place) && (window.left < 0 || place &- key <= window.left)
                    && (window.right < 0 || key &- place <= window.right)
                guard isSeen, key < maskedKeys else {
                    row[key] = -.infinity
                    continue
                }
                guard let strides, let mask else {
                    row[key] = 0
                    continue
                }
                let index = batch * strides[0] + head * strides[1] + query * strides[2] + key * strides[3]
                row[key] =
                    isBoolean
                    ? (mask.load(fromByteOffset: index, as: UInt8.self) != 0 ? 0 : -.infinity)
                    : mask.load(fromByteOffset: index * 4, as: Float.self)
            }
        }
    }
}

private struct AttentionRun: Sendable {
    let extents: AttentionExtents
    let mask: AttentionMask
    let scale: Float
    let cap: Float
    /// What the fourth output shows: scores, capped scores, those with the mask added, or the weights.
    let shown: Int
    let showsScores: Bool

    /// Heads of an operand: where one begins, and the distance between its rows.
    private func head(_ batch: Int, _ head: Int, of heads: Int, rows: Int, size: Int, isPacked: Bool) -> (start: Int, row: Int) {
        isPacked ? (batch * rows * heads * size + head * size, heads * size) : ((batch * heads + head) * rows * size, size)
    }

    func run(_ inputs: [TensorView?], _ outputs: [MutableTensorView], _ scratch: UnsafeMutablePointer<Float>) {
        let e = extents
        var (keys, values) = (inputs.floats(1), inputs.floats(2))
        var isPacked = e.isPacked
        if outputs.count > 2 {
            join(inputs.optionalFloats(4), keys, outputs[1].floatPointer, size: e.headSize)
            join(inputs.optionalFloats(5), values, outputs[2].floatPointer, size: e.valueSize)
            (keys, values, isPacked) = (UnsafePointer(outputs[1].floatPointer), UnsafePointer(outputs[2].floatPointer), false)
        }
        let count = e.queries * e.keys
        let (scores, bias) = (scratch, scratch + count)
        for batch in 0..<e.batch {
            for head in 0..<e.queryHeads {
                let shared = head / (e.queryHeads / e.keyHeads)
                let query = self.head(batch, head, of: e.queryHeads, rows: e.queries, size: e.headSize, isPacked: e.isPacked)
                let key = self.head(batch, shared, of: e.keyHeads, rows: e.keys, size: e.headSize, isPacked: isPacked)
                let value = self.head(batch, shared, of: e.keyHeads, rows: e.keys, size: e.valueSize, isPacked: isPacked)
                let result = self.head(batch, head, of: e.queryHeads, rows: e.queries, size: e.valueSize, isPacked: e.isPacked)
                multiply(
                    e.queries, e.keys, e.headSize, inputs.floats(0) + query.start, lda: max(query.row, 1), keys + key.start,
                    transposeB: true, ldb: max(key.row, 1), scores, ldc: max(e.keys, 1))
                pare_map(pare_affine_function, scores, scores, count, scale, 0)
                let shownScores = showsScores ? outputs[3].floatPointer + (batch * e.queryHeads + head) * count : nil
                if shown == 0 { shownScores?.update(from: scores, count: count) }
                if cap > 0 {
                    for index in 0..<count { scores[index] = cap * tanhf(scores[index] / cap) }
                }
                if shown == 1 { shownScores?.update(from: scores, count: count) }
                mask.fill(inputs, batch: batch, head: head, bias)
                weigh(scores, bias, shownScores)
                multiply(
                    e.queries, e.valueSize, e.keys, scores, lda: max(e.keys, 1), values + value.start, ldb: max(value.row, 1),
                    outputs[0].floatPointer + result.start, ldc: max(result.row, 1))
            }
        }
    }

    /// Turns scores into weights that sum to 1; a query that attends to nothing weighs nothing.
    private func weigh(
        _ scores: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>, _ shownScores: UnsafeMutablePointer<Float>?
    ) {
        for query in 0..<extents.queries {
            let (row, bias) = (scores + query * extents.keys, bias + query * extents.keys)
            let isBlind = (0..<extents.keys).allSatisfy { bias[$0] == -.infinity }
            var largest = -Float.infinity
            for key in 0..<extents.keys {
                row[key] += bias[key]
                largest = max(largest, row[key])
            }
            if shown == 2 { shownScores.map { ($0 + query * extents.keys).update(from: row, count: extents.keys) } }
            if isBlind || extents.keys == 0 || largest == -.infinity {
                row.update(repeating: 0, count: extents.keys)
            } else {
                let sum = pare_exp_sum(row, largest, row, extents.keys)
                pare_map(pare_affine_function, row, row, extents.keys, 1 / sum, 0)
            }
            if shown == 3 { shownScores.map { ($0 + query * extents.keys).update(from: row, count: extents.keys) } }
        }
    }

    /// Writes keys or values behind those of the past: (batch, heads, keys, size).
    private func join(
        _ past: UnsafePointer<Float>?, _ incoming: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, size: Int
    ) {
        let rows = extents.keys - extents.pastKeys
        for batch in 0..<extents.batch {
            for head in 0..<extents.keyHeads {
                let plane = batch * extents.keyHeads + head
                let to = target + plane * extents.keys * size
                if let past { to.update(from: past + plane * extents.pastKeys * size, count: extents.pastKeys * size) }
                let from = self.head(batch, head, of: extents.keyHeads, rows: rows, size: size, isPacked: extents.isPacked)
                for row in 0..<rows {
                    (to + (extents.pastKeys + row) * size).update(from: incoming + from.start + row * from.row, count: size)
                }
            }
        }
    }
}
