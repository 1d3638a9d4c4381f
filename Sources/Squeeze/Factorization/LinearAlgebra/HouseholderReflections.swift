import Basics

/// The orthogonal matrix that made a symmetric one tridiagonal, as LAPACK leaves it: Q = H₀ · H₁ · …, Hᵢ = 1 − τᵢ vᵢ vᵢᵀ.
///
/// Reflections are applied many at a time, as 1 − Vᵀ T V with the vectors as the rows of V and T upper triangular (Schreiber
/// and Van Loan 1989, doi:10.1137/0910005).
struct HouseholderReflections {
    /// (n, n): row i holds vᵢ from element i + 2 on; element i + 1 is 1 and those before are 0, neither of them stored.
    private let stored: Scratch<Double>
    private let scales: [Double]
    private let extent: Int
    private static let blockLength = 64

    init(_ stored: Scratch<Double>, scales: [Double], extent: Int) {
        self.stored = stored
        self.scales = scales
        self.extent = extent
    }

    /// Turns each row z of (extent, extent) into Q · z.
    func apply(
        to rows: Scratch<Double>, workers: Workers, cancellation: CancellationToken?
    ) throws(FactorizationError) {
        let length = Self.blockLength
        let height = Workers.blockLength(of: extent, most: 256)
        // The last reflections come first; the last of all, i = n − 1, is none.
        for first in stride(from: 0, to: extent - 1, by: length).reversed() {
            let count = min(length, extent - 1 - first)
            let reflections = block(first: first, count: count)
            let width = extent - first - 1
            // Bounds: blocks of rows of (extent, extent), from column first + 1 on, `width` of them.
            nonisolated(unsafe) let (vectors, triangle, rows) = (reflections.vectors, reflections.triangle, rows)
            let extent = extent
            try workers.split((extent + height - 1) / height, cancellation: cancellation) { piece in
                let start = piece * height
                let part = rows.base + start * extent + first + 1
                let rowCount = min(height, extent - start)
                let view = MatrixView(vectors.base, rows: count, columns: width)
                let products = Scratch<Double>(count: 2 * rowCount * count)
                let scaled = products.base + rowCount * count
                multiply(
                    MatrixView(part, rows: rowCount, columns: width, stride: extent), by: view.transposed,
                    into: products.base, stride: count)
                multiply(
                    MatrixView(products.base, rows: rowCount, columns: count),
                    by: MatrixView(triangle.base, rows: count, columns: count).transposed, into: scaled, stride: count)
                multiply(
                    MatrixView(scaled, rows: rowCount, columns: count), by: view, into: part, stride: extent, scale: 1)
            }
        }
    }

    /// V (count, extent − first − 1) and −T (count, count) of the reflections from `first` on.
    private func block(first: Int, count: Int) -> (vectors: Scratch<Double>, triangle: Scratch<Double>) {
        let width = extent - first - 1
        let vectors = Scratch<Double>(count: count * width)
        for row in 0..<count {
            let to = vectors.base + row * width
            for column in 0..<row { to[column] = 0 }
            to[row] = 1
            let from = stored.base + (first + row) * extent + first + 1
            for column in row + 1..<max(row + 1, width) { to[column] = from[column] }
        }
        let view = MatrixView(vectors.base, rows: count, columns: width)
        let overlaps = Scratch<Double>(count: count * count)
        multiply(view, by: view.transposed, into: overlaps.base, stride: count)
        // T(j, i) = −τᵢ · Σ_k T(j, k) · (v_k · vᵢ) for j ≤ k < i, and T(i, i) = τᵢ.
        let triangle = Scratch<Double>(count: count * count)
        for i in 0..<count {
            let scale = scales[first + i]
            for j in 0..<count {
                if j > i { triangle.base[j * count + i] = 0 }
                if j == i { triangle.base[j * count + i] = -scale }
                guard j < i else { continue }
                var sum = 0.0
                for k in j..<i { sum += triangle.base[j * count + k] * overlaps.base[k * count + i] }
                triangle.base[j * count + i] = -scale * sum
            }
        }
        return (vectors, triangle)
    }
}
