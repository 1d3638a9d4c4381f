import CVectorMath
import Glibc
import NeuralNetwork

/// Attention with these extents, run and gone back through.
struct AttentionRun: Sendable {
    let extents: AttentionExtents
    let mask: AttentionMask
    let scale: Float
    let cap: Float
    /// What the fourth output shows: scores, capped scores, those with the mask added, or the weights.
    let shown: Int
    let showsScores: Bool

    /// Heads of an operand: where one begins, and the distance between its rows.
    func head(_ batch: Int, _ head: Int, of heads: Int, rows: Int, size: Int, isPacked: Bool) -> (start: Int, row: Int) {
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
                if cap > 0 { bound(scores) }
                if shown == 1 { shownScores?.update(from: scores, count: count) }
                mask.fill(inputs, batch: batch, head: head, bias)
                weigh(scores, bias, shownScores)
                multiply(
                    e.queries, e.valueSize, e.keys, scores, lda: max(e.keys, 1), values + value.start, ldb: max(value.row, 1),
                    outputs[0].floatPointer + result.start, ldc: max(result.row, 1))
            }
        }
    }

    /// Scaled and capped scores of a head of queries and one of keys as they came.
    func score(
        _ inputs: [TensorView?], query: (start: Int, row: Int), key: (start: Int, row: Int), _ scores: UnsafeMutablePointer<Float>
    ) {
        let e = extents
        multiply(
            e.queries, e.keys, e.headSize, inputs.floats(0) + query.start, lda: max(query.row, 1), inputs.floats(1) + key.start,
            transposeB: true, ldb: max(key.row, 1), scores, ldc: max(e.keys, 1))
        pare_map(pare_affine_function, scores, scores, e.queries * e.keys, scale, 0)
        if cap > 0 { bound(scores) }
    }

    private func bound(_ scores: UnsafeMutablePointer<Float>) {
        for index in 0..<extents.queries * extents.keys { scores[index] = cap * tanhf(scores[index] / cap) }
    }

    /// Turns scores into weights that sum to 1; a query that attends to nothing weighs nothing.
    func weigh(
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
