/// Brings images to another size, number of channels and range of values.
///
/// Sizes by a triangle filter, as wide as the scale asks for where images shrink, so that nothing is skipped; grey from colours as
/// their mean, colours from grey by repeating it.
public struct ImageScaler: Sendable {
    public let source: ImageShape
    public let target: ImageShape
    private let rows: [Taps]
    private let columns: [Taps]
    private let slope: Float
    private let offset: Float

    /// The source's places along one axis that make one of the target, with their weights.
    private struct Taps: Sendable {
        var first: Int
        var weights: [Float]
    }

    /// Values of `from` become those of `to`, linearly.
    public init(
        from source: ImageShape, to target: ImageShape, values from: ClosedRange<Float> = 0...1, becoming to: ClosedRange<Float> = 0...1
    ) {
        self.source = source
        self.target = target
        rows = Self.taps(source.height, target.height)
        columns = Self.taps(source.width, target.width)
        let extent = from.upperBound - from.lowerBound
        slope = extent > 0 ? (to.upperBound - to.lowerBound) / extent : 0
        offset = to.lowerBound - from.lowerBound * slope
    }

    private static func taps(_ source: Int, _ target: Int) -> [Taps] {
        let scale = Double(source) / Double(target)
        let reach = max(1, scale)
        return (0..<target).map { place in
            let centre = (Double(place) + 0.5) * scale
            let first = max(0, Int((centre - reach).rounded(.down)))
            let last = min(source, Int((centre + reach).rounded(.up)))
            let weights = (first..<max(last, first + 1)).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }
            let sum = weights.reduce(0, +)
            return Taps(first: min(first, source - 1), weights: weights.map { Float(sum > 0 ? $0 / sum : 1) })
        }
    }

    /// Writes one image; `image` holds `source.count` values and `result` has room for `target.count`.
    public func scale(_ image: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>) {
        precondition(image.count == source.count && result.count == target.count, "\(image.count) values into \(result.count)")
        if source == target {
            for index in image.indices { result[index] = image[index] * slope + offset }
            return
        }
        var across = [Float](repeating: 0, count: source.height * target.width)
        for channel in 0..<target.channels {
            for row in 0..<source.height {
                for (column, taps) in columns.enumerated() {
                    var sum: Float = 0
                    for (tap, weight) in taps.weights.enumerated() {
                        sum += weight * value(of: image, channel, row, taps.first + tap)
                    }
                    across[row * target.width + column] = sum
                }
            }
            for (row, taps) in rows.enumerated() {
                for column in 0..<target.width {
                    var sum: Float = 0
                    for (tap, weight) in taps.weights.enumerated() {
                        sum += weight * across[(taps.first + tap) * target.width + column]
                    }
                    result[(channel * target.height + row) * target.width + column] = sum * slope + offset
                }
            }
        }
    }

    /// The value of a channel of the target at a place of the source.
    private func value(of image: UnsafeBufferPointer<Float>, _ channel: Int, _ row: Int, _ column: Int) -> Float {
        let place = row * source.width + column
        if source.channels == target.channels { return image[channel * source.pixelCount + place] }
        if source.channels == 1 { return image[place] }
        var sum: Float = 0
        for channel in 0..<source.channels { sum += image[channel * source.pixelCount + place] }
        return sum / Float(source.channels)
    }
}
