import COpenBLAS

/// Number, mean and scatter of samples' features; those of parts can be merged (Chan, Golub and LeVeque, 1979).
public struct FeatureMoments: Sendable, Hashable {
    public private(set) var count: Int
    public private(set) var mean: [Double]
    /// Σ (x − mean)(x − mean)ᵀ: the upper triangle of (d, d), row by row.
    private(set) var scatter: [Double]

    var dimension: Int { mean.count }

    /// Those of no samples.
    public init(dimension: Int) {
        count = 0
        mean = Array(repeating: 0, count: dimension)
        scatter = Array(repeating: 0, count: dimension * dimension)
    }

    /// Those of a part of the samples.
    public init(of features: FeatureSet, samples: Range<Int>) {
        precondition(samples.lowerBound >= 0 && samples.upperBound <= features.count, "samples \(samples) of \(features.count)")
        self.init(dimension: features.dimension)
        count = samples.count
        guard count > 0 else { return }
        var rows = features.doubles(samples)
        for row in 0..<count {
            for column in 0..<dimension { mean[column] += rows[row * dimension + column] }
        }
        for column in 0..<dimension { mean[column] /= Double(count) }
        for row in 0..<count {
            for column in 0..<dimension { rows[row * dimension + column] -= mean[column] }
        }
        _ = blasIsSerial
        let extent = Int32(dimension)
        pare_blas_dsyrk(true, extent, Int32(count), rows, extent, 0, &scatter, extent)
    }

    /// Those of all samples.
    public init(of features: FeatureSet) { self.init(of: features, samples: 0..<features.count) }

    /// Adds those of other samples.
    public mutating func merge(_ other: FeatureMoments) {
        precondition(dimension == other.dimension, "features of \(dimension) and \(other.dimension) numbers")
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let weight = Double(count) * Double(other.count) / total
        let distance = zip(mean, other.mean).map { $1 - $0 }
        for row in 0..<dimension {
            for column in row..<dimension {
                scatter[row * dimension + column] +=
                    other.scatter[row * dimension + column] + weight * distance[row] * distance[column]
            }
        }
        for index in mean.indices { mean[index] += distance[index] * Double(other.count) / total }
        count += other.count
    }

    /// The covariance with the divisor n − 1, (d, d), both triangles.
    var covariance: [Double] {
        let scale = 1 / Double(max(1, count - 1))
        var full = scatter
        for row in 0..<dimension {
            for column in row..<dimension {
                let value = scatter[row * dimension + column] * scale
                full[row * dimension + column] = value
                full[column * dimension + row] = value
            }
        }
        return full
    }

    /// Whether all numbers are; a network that failed says NaN or infinity.
    var isFinite: Bool { mean.allSatisfy(\.isFinite) && scatter.allSatisfy(\.isFinite) }
}

/// Callers bring threads of their own.
let blasIsSerial: Void = pare_blas_set_threads(1)
