import CVectorMath
import Glibc
import NeuralNetwork

extension AttentionRun {
    /// Gradients of queries, keys, values and a mask of numbers, head by head; the weights are computed anew. Heads of the queries
    /// that share one of the keys add up.
    @Sendable func back(
        _ inputs: [TensorView?], _ gradient: UnsafePointer<Float>, _ targets: [UnsafeMutablePointer<Float>?],
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        for (input, target) in zip(inputs, targets) { target?.update(repeating: 0, count: input?.shape.count ?? 0) }
        let e = extents
        let count = e.queries * e.keys
        let (weights, capped, bias, slopes) = (scratch, scratch + count, scratch + 2 * count, scratch + 3 * count)
        func target(_ index: Int) -> UnsafeMutablePointer<Float>? { targets.indices.contains(index) ? targets[index] : nil }
        for batch in 0..<e.batch {
            for head in 0..<e.queryHeads {
                let shared = head / (e.queryHeads / e.keyHeads)
                let query = self.head(batch, head, of: e.queryHeads, rows: e.queries, size: e.headSize, isPacked: e.isPacked)
                let key = self.head(batch, shared, of: e.keyHeads, rows: e.keys, size: e.headSize, isPacked: e.isPacked)
                let value = self.head(batch, shared, of: e.keyHeads, rows: e.keys, size: e.valueSize, isPacked: e.isPacked)
                let result = self.head(batch, head, of: e.queryHeads, rows: e.queries, size: e.valueSize, isPacked: e.isPacked)
                score(inputs, query: query, key: key, weights)
                capped.update(from: weights, count: count)
                mask.fill(inputs, batch: batch, head: head, bias)
                weigh(weights, bias, nil)
                if let values = target(2) {
                    multiply(
                        e.keys, e.valueSize, e.queries, weights, transposeA: true, lda: max(e.keys, 1), gradient + result.start,
                        ldb: max(result.row, 1), beta: 1, values + value.start, ldc: max(value.row, 1))
                }
                multiply(
                    e.queries, e.keys, e.valueSize, gradient + result.start, lda: max(result.row, 1), inputs.floats(2) + value.start,
                    transposeB: true, ldb: max(value.row, 1), slopes, ldc: max(e.keys, 1))
                descend(weights, slopes)
                if let masked = target(3) { mask.gather(slopes, batch: batch, head: head, to: masked) }
                for index in 0..<count {
                    let ratio = cap > 0 ? capped[index] / cap : 0
                    slopes[index] *= scale * (1 - ratio * ratio)
                }
                if let queries = target(0) {
                    multiply(
                        e.queries, e.headSize, e.keys, slopes, lda: max(e.keys, 1), inputs.floats(1) + key.start,
                        ldb: max(key.row, 1), beta: 1, queries + query.start, ldc: max(query.row, 1))
                }
                if let keys = target(1) {
                    multiply(
                        e.keys, e.headSize, e.queries, slopes, transposeA: true, lda: max(e.keys, 1), inputs.floats(0) + query.start,
                        ldb: max(query.row, 1), beta: 1, keys + key.start, ldc: max(key.row, 1))
                }
            }
        }
    }

    /// Turns the gradients of weights into those of what they were made of: w · (g − Σ w·g).
    private func descend(_ weights: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>) {
        for query in 0..<extents.queries {
            let (weights, gradient) = (weights + query * extents.keys, gradient + query * extents.keys)
            var sum: Float = 0
            for key in 0..<extents.keys { sum += weights[key] * gradient[key] }
            for key in 0..<extents.keys { gradient[key] = weights[key] * (gradient[key] - sum) }
        }
    }
}
