import TensorCore

/// The Euclidean distances between a layer's filters (He et al. 2019, "Filter Pruning via Geometric Median").
struct FilterDistances {
    private let count: Int
    /// Filters one after the other, each filled up to a multiple of 16 with zeros.
    private var rows: [Float]
    private let length: Int

    /// Filters are what the axis' indices with the same owner hold, in stored order; −1 owns nothing.
    init(_ tensor: Tensor, axis: Int, owners: [Int], count: Int) {
        self.count = count
        let inner = tensor.shape.dimensions[(axis + 1)...].reduce(1, *)
        let extent = tensor.shape[axis]
        let outer = tensor.shape.dimensions[..<axis].reduce(1, *)
        var indices = [Int](repeating: 0, count: count)
        // How many indices of its owner come before each index.
        let ranks = owners.map { owner -> Int in
            guard owner >= 0 else { return 0 }
            indices[owner] += 1
            return indices[owner] - 1
        }
        let most = indices.max() ?? 0
        let length = (most * outer * inner + 15) / 16 * 16
        var rows = [Float](repeating: 0, count: count * length)
        tensor.forEachChunk { offset, chunk in
            var position = 0
            while position < chunk.count {
                let place = offset + position
                let index = place / inner % extent
                let run = min(inner - place % inner, chunk.count - position)
                let owner = owners[index]
                if owner >= 0 {
                    let target = owner * length + (ranks[index] * outer + place / inner / extent) * inner + place % inner
                    for step in 0..<run { rows[target + step] = chunk[position + step] }
                }
                position += run
            }
        }
        self.length = length
        self.rows = rows
    }

    /// The sum of each filter's distances to all others, or to an even sample of them scaled up, such that no more than
    /// `work` differences are squared.
    func sums(work: Int, cancellation: CancellationToken?) -> [Double] {
        guard count > 1, length > 0 else { return [Double](repeating: 0, count: count) }
        let affordable = max(16, work / max(1, count * length))
        var sums = [Double](repeating: 0, count: count)
        rows.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            // Half of the pairs are the others mirrored.
            if affordable * 2 >= count {
                for first in 0..<count {
                    if cancellation?.isCancelled == true { return }
                    for second in 0..<first {
                        let distance = Self.distance(base, first, second, length)
                        sums[first] += distance
                        sums[second] += distance
                    }
                }
                return
            }
            for sample in 0..<affordable {
                if cancellation?.isCancelled == true { return }
                let second = sample * count / affordable
                for first in 0..<count { sums[first] += Self.distance(base, first, second, length) }
            }
            for index in 0..<count { sums[index] *= Double(count) / Double(affordable) }
        }
        return sums
    }

    /// Bounds: rows of `length` floats, a multiple of 16, lie at `base`.
    @inline(__always)
    private static func distance(_ base: UnsafeRawPointer, _ first: Int, _ second: Int, _ length: Int) -> Double {
        let (left, right) = (base + first * length * 4, base + second * length * 4)
        var sum = SIMD16<Float>.zero
        var offset = 0
        while offset < length * 4 {
            let difference =
                left.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
                - right.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
            sum += difference * difference
            offset += 64
        }
        return Double(sum.sum()).squareRoot()
    }
}
