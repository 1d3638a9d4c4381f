import Basics
import COpenBLAS

/// Second moments of what kernels with a window read, in coordinates of the input channels whose first ones matter most: (in · window)².
///
/// With M = K · Kᵀ and a kernel's row r, the first k of r · K are what the first k inputs can give, fitted as well as they can be: energies
/// of every pair of ranks are sums of squares, as in the plain norm.
struct WindowMoments: Sendable {
    /// In the order channel · window + place, row-major and symmetric.
    let moments: [Float]
    let extent: Int

    /// The moments turned into coordinates `basis` (in, in), rows over the channels.
    init(
        _ moments: [Float], basis: UnsafePointer<Float>, channels: Int, window: Int, workers: Workers, cancellation: CancellationToken?
    ) throws(FactorizationError) {
        extent = channels * window
        let halfway = try Self.turned(moments, basis, channels, window, workers, cancellation)
        // Symmetric: the other side is turned as the first one, once rows and columns are exchanged.
        self.moments = try Self.turned(Self.transposed(halfway, extent), basis, channels, window, workers, cancellation)
    }

    /// (B ⊗ 1) · M.
    private static func turned(
        _ moments: [Float], _ basis: UnsafePointer<Float>, _ channels: Int, _ window: Int, _ workers: Workers,
        _ cancellation: CancellationToken?
    ) throws(FactorizationError) -> [Float] {
        let extent = channels * window
        let result = Scratch<Float>(count: moments.count)
        try moments.withUnsafeBufferPointer { moments throws(FactorizationError) in
            guard let moments = moments.baseAddress else { return }
            // Rows of one place of the window are (in, extent) matrices with `window` rows between their own.
            nonisolated(unsafe) let (from, to, basis) = (moments, result.base, basis)
            try workers.split(window, cancellation: cancellation) { place in
                multiply(
                    MatrixView(basis, rows: channels, columns: channels),
                    by: MatrixView(from + place * extent, rows: channels, columns: extent, stride: window * extent),
                    into: to + place * extent, stride: window * extent)
            }
        }
        return Array(UnsafeBufferPointer(start: result.base, count: result.count))
    }

    private static func transposed(_ matrix: [Float], _ n: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: n * n) { result, count in
            for row in 0..<n { for column in 0..<n { result[column * n + row] = matrix[row * n + column] } }
            count = n * n
        }
    }

    /// The upper root Kᵀ of all moments.
    func root() throws(FactorizationError) -> [Double] { try Whitening.root(moments.map(Double.init), extent, floor: 1e-6) }
}
