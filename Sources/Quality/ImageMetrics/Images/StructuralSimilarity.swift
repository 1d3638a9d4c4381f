import Glibc

/// Structural similarity of two images: 1 where they are equal.
///
/// Z. Wang et al., Image quality assessment: from error visibility to structural similarity (2004): a Gaussian window of 11 × 11
/// with σ = 1.5, K₁ = 0.01, K₂ = 0.03, the mean over all places where the window fits, and over the channels.
public struct StructuralSimilarity: Sendable {
    public let shape: ImageShape
    private let constants: (luminance: Double, contrast: Double)

    public static let windowSize = 11

    /// Weights of the window along one axis.
    private static let window: [Double] = {
        let radius = windowSize / 2
        let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }()

    /// For images whose values span `dynamicRange`; nil where the window does not fit.
    public init?(shape: ImageShape, dynamicRange: Double) {
        guard shape.height >= Self.windowSize, shape.width >= Self.windowSize, dynamicRange > 0 else { return nil }
        self.shape = shape
        let (low, high) = (0.01 * dynamicRange, 0.03 * dynamicRange)
        constants = (low * low, high * high)
    }

    /// Compares two images of `shape.count` values each; 0 where one is no numbers.
    public func similarity(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) -> Double {
        precondition(first.count == shape.count && second.count == shape.count, "\(first.count), \(second.count) of \(shape.count) values")
        var sum = 0.0
        for channel in 0..<shape.channels {
            let range = channel * shape.pixelCount..<(channel + 1) * shape.pixelCount
            sum += mean(first[range].map(Double.init), second[range].map(Double.init))
        }
        return sum.isFinite ? sum / Double(shape.channels) : 0
    }

    private func mean(_ x: [Double], _ y: [Double]) -> Double {
        let (meanX, meanY) = (filtered(x), filtered(y))
        let squareX = filtered(x.map { $0 * $0 })
        let squareY = filtered(y.map { $0 * $0 })
        let product = filtered(zip(x, y).map { $0 * $1 })
        var sum = 0.0
        for index in meanX.indices {
            let means = meanX[index] * meanY[index]
            let squares = meanX[index] * meanX[index] + meanY[index] * meanY[index]
            let variances = squareX[index] + squareY[index] - squares
            let covariance = product[index] - means
            sum +=
                (2 * means + constants.luminance) * (2 * covariance + constants.contrast)
                / ((squares + constants.luminance) * (variances + constants.contrast))
        }
        return sum / Double(meanX.count)
    }

    /// The window's means where it fits: (height − 10) × (width − 10).
    private func filtered(_ values: [Double]) -> [Double] {
        let window = Self.window
        let columns = shape.width - window.count + 1
        let rows = shape.height - window.count + 1
        var across = [Double](repeating: 0, count: shape.height * columns)
        for row in 0..<shape.height {
            for column in 0..<columns {
                var sum = 0.0
                for tap in window.indices { sum += window[tap] * values[row * shape.width + column + tap] }
                across[row * columns + column] = sum
            }
        }
        var result = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for tap in window.indices {
                for column in 0..<columns { result[row * columns + column] += window[tap] * across[(row + tap) * columns + column] }
            }
        }
        return result
    }
}
