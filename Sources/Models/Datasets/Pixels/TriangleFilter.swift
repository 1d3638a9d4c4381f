/// Weights of bilinear resizing along one axis, with half-pixel centres; in shrinking the triangle grows with the step, so
/// that every source pixel counts. The arithmetic is Pillow's (`Image.resize` with `BILINEAR`), to the bit.
struct TriangleFilter: Sendable {
    /// Bits behind the point of a weight, as in Pillow: 32 − 8 for the pixel − 2 for overshoot.
    static let fractionBits: Int32 = 22

    /// Source pixels that each target pixel is made of: the same number for all, so that no branch depends on the pixel. The
    /// weights of those beyond the triangle are 0.
    let tapCount: Int
    /// The first source pixel of each target pixel.
    private var starts: [Int] = []
    /// The first weight of every target pixel, then the second of every one, and so on.
    private var weights: [Double]
    private var fixedWeights: [Int32]

    /// From `source` pixels to those of `target` that lie in `window`.
    init(from source: Int, to target: Int, window: Range<Int>) {
        let step = Double(source) / Double(target)
        let support = max(step, 1)
        tapCount = min(source, Int(support.rounded(.up)) * 2 + 1)
        weights = Array(repeating: 0, count: window.count * tapCount)
        fixedWeights = Array(repeating: 0, count: window.count * tapCount)
        for (index, pixel) in window.enumerated() {
            let center = (Double(pixel) + 0.5) * step
            let first = max(0, Int(center - support + 0.5))
            let last = min(source, Int(center + support + 0.5))
            let start = min(first, source - tapCount)
            let raw = (start..<start + tapCount).map { tap in
                let isWithin = first <= tap && tap < last
                return isWithin ? max(0, 1 - abs((Double(tap) - center + 0.5) * (1 / support))) : 0
            }
            let sum = raw.reduce(0, +)
            starts.append(start)
            for (tap, weight) in raw.enumerated() {
                let share = sum == 0 ? weight : weight / sum
                weights[tap * window.count + index] = share
                fixedWeights[tap * window.count + index] = Int32(0.5 + share * Double(1 << Self.fractionBits))
            }
        }
    }

    /// The source pixels that any target pixel needs.
    var reach: Range<Int> {
        guard let first = starts.first, let last = starts.last else { return 0..<0 }
        return first..<last + tapCount
    }

    /// What the inner loops read: no bounds are checked there; `weights` holds `tapCount` numbers for each of `starts`.
    struct View {
        var count: Int
        var tapCount: Int
        var starts: UnsafePointer<Int>
        var weights: UnsafePointer<Double>
        var fixedWeights: UnsafePointer<Int32>
    }

    /// Gives `body` the filter's memory, which is only valid there; nothing is done where no pixel is wanted.
    func withView(_ body: (View) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            weights.withUnsafeBufferPointer { weights in
                fixedWeights.withUnsafeBufferPointer { fixedWeights in
                    guard let first = starts.baseAddress, let weights = weights.baseAddress,
                        let fixedWeights = fixedWeights.baseAddress
                    else { return }
                    body(
                        View(
                            count: starts.count, tapCount: tapCount, starts: first, weights: weights,
                            fixedWeights: fixedWeights))
                }
            }
        }
    }
}
