import Basics
import COpenBLAS

extension FactorMatrices {
    /// The same kernels by factors as the weights' own norm has them: of a matrix its singular vectors by the roots of its singular values, of
    /// kernels an input side whose rows stand upright on each other, the one first of which the core makes most.
    ///
    /// Rounding values, dropping some, or fitting the factors that follow then harms no more than it does there.
    func upright(_ layout: KernelLayout, cancellation: CancellationToken?) throws(FactorizationError) -> FactorMatrices {
        guard let input else { return self }
        var result = self
        let (rank, window) = (ranks.in, layout.isMatrix ? 1 : layout.window)
        // What follows the input side: (rows, rank, window).
        let rows = layout.isMatrix ? layout.out : ranks.out
        guard let next = layout.isMatrix ? output : core else { return self }
        var (inputs, follows): ([Float], [Float]) = ([], [])
        for group in 0..<layout.groups {
            try Factorization.check(cancellation)
            let own = Array(input[group * rank * layout.in..<(group + 1) * rank * layout.in]).map(Double.init)
            let after = Array(next[group * rows * rank * window..<(group + 1) * rows * rank * window]).map(Double.init)
            let gram = product(own, rank, layout.in, own, rank, flips: true)
            // own = Lᵀ · upright rows.
            let upper = try Whitening.root(gram, rank, floor: 1e-12)
            var inverse = upper
            guard pare_lapack_upper_inverse(Int32(rank), &inverse) == 0 else { throw .noDecomposition(code: 0) }
            let straight = product(transposed(inverse, rank), rank, rank, own, layout.in, flips: false)
            // (rows · window, rank): what the core makes of each.
            var slices = [Double](repeating: 0, count: after.count)
            for row in 0..<rows {
                for q in 0..<rank { for d in 0..<window { slices[(row * window + d) * rank + q] = after[(row * rank + q) * window + d] } }
            }
            let moved = product(slices, rows * window, rank, upper, rank, flips: true)
            let strength = Scratch<Double>(count: rank * rank)
            for (index, value) in product(transposed(moved, rows * window, rank), rank, rows * window, moved, rank, flips: false).enumerated() {
                strength.base[index] = value
            }
            let eigen = try SymmetricEigen(strength, extent: rank, workers: .one, cancellation: cancellation)
            let turn = Array(UnsafeBufferPointer(start: eigen.vectors.base, count: rank * rank))
            var turnedInput = product(turn, rank, rank, straight, layout.in, flips: false)
            var turned = product(moved, rows * window, rank, turn, rank, flips: true)
            if layout.isMatrix {
                for q in 0..<rank {
                    let root = eigen.values[q].squareRoot().squareRoot()
                    for index in 0..<layout.in { turnedInput[q * layout.in + index] *= root }
                    for row in 0..<rows { turned[row * rank + q] = root > 0 ? turned[row * rank + q] / root : 0 }
                }
            }
            inputs += turnedInput.map(Float.init)
            for row in 0..<rows { for q in 0..<rank { for d in 0..<window { follows.append(Float(turned[(row * window + d) * rank + q])) } } }
        }
        result.input = inputs
        if layout.isMatrix { result.output = follows } else { result.core = follows }
        return result
    }
}

/// left (m, k) · right (k, n), or with `flips` right stored as (n, k).
private func product(_ left: [Double], _ m: Int, _ k: Int, _ right: [Double], _ n: Int, flips: Bool) -> [Double] {
    var result = [Double](repeating: 0, count: m * n)
    left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
            guard let left = left.baseAddress, let right = right.baseAddress else { return }
            let other = flips ? MatrixView(right, rows: n, columns: k).transposed : MatrixView(right, rows: k, columns: n)
            multiply(MatrixView(left, rows: m, columns: k), by: other, into: &result, stride: n)
        }
    }
    return result
}

private func transposed(_ matrix: [Double], _ rows: Int, _ columns: Int? = nil) -> [Double] {
    let columns = columns ?? rows
    var result = matrix
    for row in 0..<rows { for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] } }
    return result
}
