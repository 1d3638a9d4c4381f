import COpenBLAS

/// Where samples lie among features: balls around each, up to its k-th nearest neighbour.
///
/// T. Kynkäänniemi et al., Improved precision and recall metric for assessing generative models (2019), with their k = 3. Precision is the
/// share of generated samples in the balls of the reference; recall the share of the reference in those of the generated ones.
public struct SampleManifold: Sendable {
    public static let neighbours = 3

    private let points: [Double]
    private let squares: [Double]
    /// Squared distance of the k-th nearest other sample, by sample.
    private let squaredRadii: [Double]
    private let dimension: Int

    /// Rows of distances that are worked out together.
    private static let blockCount = 256

    /// - Complexity: O(n² d).
    public init(_ features: FeatureSet) {
        dimension = features.dimension
        points = features.doubles(0..<features.count)
        squares = Self.squares(points, dimension)
        var radii: [Double] = []
        radii.reserveCapacity(features.count)
        let count = features.count
        Self.forEachRow(points, squares, points, squares, dimension) { row, distances in
            // The largest first; of equal ones it does not matter which goes.
            var nearest = [Double](repeating: .infinity, count: Self.neighbours)
            for column in 0..<count where column != row && distances[column] < nearest[0] {
                var place = 0
                while place + 1 < nearest.count, distances[column] < nearest[place + 1] {
                    nearest[place] = nearest[place + 1]
                    place += 1
                }
                nearest[place] = distances[column]
            }
            // Samples without enough neighbours, such as those that are no numbers, have no ball.
            radii.append(nearest[0].isFinite ? nearest[0] : -1)
        }
        squaredRadii = radii
    }

    /// The share of samples that lie in a ball of this manifold; 0 of none.
    public func coverage(of other: FeatureSet) -> Double {
        precondition(other.dimension == dimension, "features of \(dimension) and \(other.dimension) numbers")
        guard other.count > 0 else { return 0 }
        let others = other.doubles(0..<other.count)
        var covered = 0
        Self.forEachRow(others, Self.squares(others, dimension), points, squares, dimension) { _, distances in
            let isCovered = squaredRadii.indices.contains { distances[$0] <= squaredRadii[$0] }
            if isCovered { covered += 1 }
        }
        return Double(covered) / Double(other.count)
    }

    private static func squares(_ points: [Double], _ dimension: Int) -> [Double] {
        stride(from: 0, to: points.count, by: dimension).map { start in
            points[start..<start + dimension].reduce(0) { $0 + $1 * $1 }
        }
    }

    /// Calls `body` with the squared distances of each left point from all right ones.
    private static func forEachRow(
        _ left: [Double], _ leftSquares: [Double], _ right: [Double], _ rightSquares: [Double], _ dimension: Int,
        _ body: (Int, UnsafeBufferPointer<Double>) -> Void
    ) {
        _ = blasIsSerial
        let columns = rightSquares.count
        guard columns > 0 else { return }
        var products = [Double](repeating: 0, count: blockCount * columns)
        for start in stride(from: 0, to: leftSquares.count, by: blockCount) {
            let rows = min(blockCount, leftSquares.count - start)
            left.withUnsafeBufferPointer { left in
                guard let base = left.baseAddress else { return }
                // Bounds: `rows` rows of `left` from `start` on, all of `right`, and as many products.
                pare_blas_dgemm(
                    false, true, Int32(rows), Int32(columns), Int32(dimension), base + start * dimension, Int32(dimension), right,
                    Int32(dimension), 0, &products, Int32(columns))
            }
            products.withUnsafeMutableBufferPointer { products in
                for row in 0..<rows {
                    let line = UnsafeMutableBufferPointer(rebasing: products[row * columns..<(row + 1) * columns])
                    // Rounding can make a point's distance from its like negative, never by much; no number stays none.
                    for column in 0..<columns {
                        let distance = leftSquares[start + row] + rightSquares[column] - 2 * line[column]
                        line[column] = distance < 0 ? 0 : distance
                    }
                    body(start + row, UnsafeBufferPointer(line))
                }
            }
        }
    }
}
