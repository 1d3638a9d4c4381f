import Basics
import COpenBLAS

/// A row-major matrix somewhere in memory, or a block of one.
///
/// Whoever makes one sees to it that `(rows − 1) · stride + columns` elements are there as long as it is used.
struct MatrixView<Element> {
    var base: UnsafePointer<Element>
    var rows: Int
    var columns: Int
    /// Elements from one row to the next.
    var stride: Int
    /// Read with rows and columns exchanged.
    private(set) var isTransposed = false

    init(_ base: UnsafePointer<Element>, rows: Int, columns: Int, stride: Int? = nil) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride ?? columns
    }

    /// The same memory, rows and columns exchanged.
    var transposed: MatrixView {
        var view = self
        view.isTransposed.toggle()
        return view
    }
}

/// destination (m, n) = left (m, k) · right (k, n) + scale · destination.
func multiply(
    _ left: MatrixView<Float>, by right: MatrixView<Float>, into destination: UnsafeMutablePointer<Float>, stride: Int,
    scale: Float = 0
) {
    let (m, n, k) = productExtents(left, right)
    pare_blas_sgemm(
        left.isTransposed, right.isTransposed, m, n, k, left.base, Int32(left.stride), right.base, Int32(right.stride), scale,
        destination, Int32(stride))
}

/// destination (m, n) = left (m, k) · right (k, n) + scale · destination.
func multiply(
    _ left: MatrixView<Double>, by right: MatrixView<Double>, into destination: UnsafeMutablePointer<Double>, stride: Int,
    scale: Double = 0
) {
    let (m, n, k) = productExtents(left, right)
    pare_blas_dgemm(
        left.isTransposed, right.isTransposed, m, n, k, left.base, Int32(left.stride), right.base, Int32(right.stride), scale,
        destination, Int32(stride))
}

private func productExtents<Element>(
    _ left: MatrixView<Element>, _ right: MatrixView<Element>
) -> (m: Int32, n: Int32, k: Int32) {
    let (m, k) = left.isTransposed ? (left.columns, left.rows) : (left.rows, left.columns)
    let (inner, n) = right.isTransposed ? (right.columns, right.rows) : (right.rows, right.columns)
    precondition(k == inner, "\(m)×\(k) cannot be multiplied by \(inner)×\(n)")
    return (Int32(m), Int32(n), Int32(k))
}

/// target = left · right, in blocks of rows.
func multiplyRows(
    of left: MatrixView<Double>, by right: MatrixView<Double>, into target: UnsafeMutablePointer<Double>, columns: Int,
    workers: Workers, cancellation: CancellationToken?
) throws(FactorizationError) {
    let height = Workers.blockLength(of: left.rows, most: 256)
    // Bounds: blocks of rows of left and of target.
    nonisolated(unsafe) let (left, right, target) = (left, right, target)
    try workers.split((left.rows + height - 1) / height, cancellation: cancellation) { block in
        let start = block * height
        multiply(
            MatrixView(
                left.base + start * left.stride, rows: min(height, left.rows - start), columns: left.columns,
                stride: left.stride),
            by: right, into: target + start * columns, stride: columns)
    }
}

/// Memory that is not zeroed first and freed when nothing refers to it any more.
///
/// A constant that holds one keeps it until after the last access through a pointer to it in the constant's scope.
final class Scratch<Element> {
    let base: UnsafeMutablePointer<Element>
    let count: Int

    init(count: Int) {
        base = .allocate(capacity: max(1, count))
        self.count = count
    }

    deinit { base.deallocate() }
}

/// (rank, extent): vectors · basis.
func turnedBack(
    _ vectors: Scratch<Double>, rank: Int, basis: UnsafeBufferPointer<Float>, extent: Int
) -> [Float] {
    let wide = Scratch<Double>(count: extent * extent)
    for index in 0..<extent * extent { wide.base[index] = Double(basis[index]) }
    let product = Scratch<Double>(count: rank * extent)
    multiply(
        MatrixView(vectors.base, rows: rank, columns: extent), by: MatrixView(wide.base, rows: extent, columns: extent),
        into: product.base, stride: extent)
    return (0..<rank * extent).map { Float(product.base[$0]) }
}
