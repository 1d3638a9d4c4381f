import Basics
import COpenBLAS

/// One group's kernels in coordinates of the input channels in which errors count alike: by a root of their moments, summed over the window.
///
/// For a matrix the plain norm there is the data's. For kernels with a window it is where the window's places do not depend on each other;
/// `WindowMoments` knows how they do.
struct Whitening {
    /// Of the channels' moments S = L · Lᵀ, by blocks: Lᵀ as upper triangle.
    private let roots: [Root]

    private struct Root {
        var start: Int
        var width: Int
        var upper: [Double]
    }

    /// Each input has at least this share of the mean: nothing is taken for free.
    private static let floor = 1e-4

    init(_ moments: BlockMoments, window: Int) throws(FactorizationError) {
        var roots: [Root] = []
        for (start, width, values) in moments.placed {
            let channels = width / window
            var sums = [Double](repeating: 0, count: channels * channels)
            for row in 0..<channels {
                for column in 0..<channels {
                    var sum = 0.0
                    for place in 0..<window { sum += Double(values[(row * window + place) * width + column * window + place]) }
                    sums[row * channels + column] = sum / Double(window)
                }
            }
            roots.append(Root(start: start / window, width: channels, upper: try Self.root(sums, channels)))
        }
        self.roots = roots
    }

    /// Lᵀ, upper, of a symmetric matrix without negative values to which as little as is needed is added along the diagonal.
    static func root(_ matrix: [Double], _ n: Int, floor: Double = floor) throws(FactorizationError) -> [Double] {
        let mean = (0..<n).reduce(0) { $0 + matrix[$1 * n + $1] } / Double(max(1, n))
        var ridge = (mean > 0 ? mean : 1) * floor
        while true {
            var upper = matrix
            for index in 0..<n { upper[index * n + index] += ridge }
            let code = pare_lapack_cholesky(Int32(n), &upper)
            if code == 0 {
                for row in 0..<n { for column in 0..<row { upper[row * n + column] = 0 } }
                return upper
            }
            guard code > 0, ridge < mean * 10 else { throw .noDecomposition(code: Int(code)) }
            ridge *= 100
        }
    }

    /// Kernels (out, in, window) into these coordinates.
    func whitened(
        _ kernels: Scratch<Double>, _ layout: KernelLayout, workers: Workers, cancellation: CancellationToken?
    ) throws(FactorizationError) -> [Float] {
        let (inputs, window) = (layout.in, layout.window)
        let height = Workers.blockLength(of: layout.out, most: 128)
        let result = Scratch<Float>(count: layout.out * inputs * window)
        nonisolated(unsafe) let (from, to) = (kernels.base, result.base)
        // Bounds: blocks of rows of (out, in, window); roots lie side by side along `in`.
        try workers.split((layout.out + height - 1) / height, cancellation: cancellation) { block in
            let rows = block * height..<min((block + 1) * height, layout.out)
            for root in roots {
                let part = Scratch<Double>(count: rows.count * root.width)
                let product = Scratch<Double>(count: rows.count * root.width)
                for place in 0..<window {
                    for (row, output) in rows.enumerated() {
                        let source = from + (output * inputs + root.start) * window + place
                        for column in 0..<root.width { part.base[row * root.width + column] = source[column * window] }
                    }
                    root.upper.withUnsafeBufferPointer { upper in
                        guard let upper = upper.baseAddress else { return }
                        multiply(
                            MatrixView(part.base, rows: rows.count, columns: root.width),
                            by: MatrixView(upper, rows: root.width, columns: root.width).transposed, into: product.base,
                            stride: root.width)
                    }
                    for (row, output) in rows.enumerated() {
                        let target = to + (output * inputs + root.start) * window + place
                        for column in 0..<root.width {
                            target[column * window] = Float(product.base[row * root.width + column])
                        }
                    }
                }
            }
        }
        return Array(UnsafeBufferPointer(start: result.base, count: result.count))
    }

    /// Rows of input coordinates v, `count` of them, as rows over the channels as they are: v · L⁻¹.
    func channels(
        _ vectors: UnsafeMutableBufferPointer<Float>, count: Int, workers: Workers, cancellation: CancellationToken?
    ) throws(FactorizationError) {
        guard let base = vectors.baseAddress, count > 0 else { return }
        let inputs = vectors.count / count
        let height = Workers.blockLength(of: count, most: 128)
        for root in roots {
            var inverse = root.upper
            guard pare_lapack_upper_inverse(Int32(root.width), &inverse) == 0 else { throw .noDecomposition(code: 0) }
            let upper = inverse
            nonisolated(unsafe) let rows = base
            // Bounds: blocks of rows of (count, inputs), columns of this root.
            try workers.split((count + height - 1) / height, cancellation: cancellation) { block in
                let range = block * height..<min((block + 1) * height, count)
                let part = Scratch<Double>(count: range.count * root.width)
                let product = Scratch<Double>(count: range.count * root.width)
                for (row, vector) in range.enumerated() {
                    for column in 0..<root.width { part.base[row * root.width + column] = Double(rows[vector * inputs + root.start + column]) }
                }
                upper.withUnsafeBufferPointer { upper in
                    guard let upper = upper.baseAddress else { return }
                    multiply(
                        MatrixView(part.base, rows: range.count, columns: root.width),
                        by: MatrixView(upper, rows: root.width, columns: root.width).transposed, into: product.base, stride: root.width)
                }
                for (row, vector) in range.enumerated() {
                    for column in 0..<root.width { rows[vector * inputs + root.start + column] = Float(product.base[row * root.width + column]) }
                }
            }
        }
    }
}
