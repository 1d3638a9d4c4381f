/// Weights of bilinear resizing along one axis, with half-pixel centres; in shrinking the triangle grows with the step, so
/// that every source pixel counts. The arithmetic is Pillow's (`Image.resize` with `BILINEAR`), to the bit.
struct TriangleFilter: Sendable {
    /// Bits behind the point of a weight, as in Pillow: 32 − 8 for the pixel − 2 for overshoot.
    static let fractionBits: Int32 = 22

    /// Source pixels each target pixel is made of.
    private(set) var ranges: [Range<Int>] = []
    /// Where each target pixel's weights begin in `weights`.
    private(set) var offsets: [Int] = []
    private(set) var weights: [Double] = []
    private(set) var fixedWeights: [Int32] = []

    /// From `source` pixels to those of `target` that lie in `window`.
    init(from source: Int, to target: Int, window: Range<Int>) {
        let step = Double(source) / Double(target)
        let support = max(step, 1)
        for pixel in window {
            let center = (Double(pixel) + 0.5) * step
            let first = max(0, Int(center - support + 0.5))
            let last = min(source, Int(center + support + 0.5))
            let raw = (first..<last).map { max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support))) }
            let sum = raw.reduce(0, +)
            ranges.append(first..<last)
            offsets.append(weights.count)
            for weight in raw {
                let share = sum == 0 ? weight : weight / sum
                weights.append(share)
                fixedWeights.append(Int32(0.5 + share * Double(1 << Self.fractionBits)))
            }
        }
    }

    /// The source pixels that any target pixel needs.
    var reach: Range<Int> { (ranges.first?.lowerBound ?? 0)..<(ranges.last?.upperBound ?? 0) }
}

/// Elements that a filter can weigh.
protocol Resizable {
    /// The weighted sum of the elements at `start`, `start + stride`, …
    static func weighed(
        _ elements: UnsafePointer<Self>, stride: Int, by filter: TriangleFilter, at target: Int
    ) -> Self
}

extension UInt8: Resizable {
    static func weighed(
        _ elements: UnsafePointer<UInt8>, stride: Int, by filter: TriangleFilter, at target: Int
    ) -> UInt8 {
        let offset = filter.offsets[target]
        var sum: Int32 = 1 << (TriangleFilter.fractionBits - 1)
        for index in 0..<filter.ranges[target].count {
            sum &+= Int32(elements[index * stride]) &* filter.fixedWeights[offset + index]
        }
        return UInt8(clamping: sum >> TriangleFilter.fractionBits)
    }
}

extension Float: Resizable {
    static func weighed(
        _ elements: UnsafePointer<Float>, stride: Int, by filter: TriangleFilter, at target: Int
    ) -> Float {
        let offset = filter.offsets[target]
        var sum = 0.0
        for index in 0..<filter.ranges[target].count {
            sum += Double(elements[index * stride]) * filter.weights[offset + index]
        }
        return Float(sum)
    }
}
