import Glibc

/// Finds along one number what just keeps to a budget, where making what comes of a number takes long.
public struct LineSearch {
    /// Numbers that were tried, and by how much what came of them was beyond the budget: 0 and less keep to it.
    private var tried: [(number: Double, excess: Double)] = []
    private let slope: Double
    private let tolerance: Double
    private let most: Int

    /// `slope` is about how excess changes with the number; the search ends within `tolerance` below the budget, or after `most` tries.
    public init(slope: Double, tolerance: Double, most: Int = 7) {
        precondition(slope != 0 && tolerance > 0, "a line search without direction")
        (self.slope, self.tolerance, self.most) = (slope, tolerance, most)
    }

    /// Takes what came of a number.
    public mutating func add(_ number: Double, excess: Double) { tried.append((number, excess)) }

    /// The largest step from one number to the next.
    private static let stride = 4.0

    /// The number to try next; nil where what is known is near enough.
    public var next: Double? {
        guard let last = tried.last else { return nil }
        if tried.contains(where: { (-tolerance...0).contains($0.excess) }) || tried.count >= most { return nil }
        // Those nearest to the budget on both sides.
        let kept = tried.filter { $0.excess <= 0 }.max { $0.excess < $1.excess }
        let beyond = tried.filter { $0.excess > 0 }.min { $0.excess < $1.excess }
        let aim = -tolerance / 2
        if let kept, let beyond {
            let (low, high) = (min(kept.number, beyond.number), max(kept.number, beyond.number))
            let part = (aim - kept.excess) / (beyond.excess - kept.excess)
            let between = kept.number + (beyond.number - kept.number) * part
            let margin = 0.1 * (high - low)
            guard high - low > 1e-3 else { return nil }
            return between.isFinite ? min(max(between, low + margin), high - margin) : (low + high) / 2
        }
        let change = (aim - last.excess) / slope
        return last.number + (change.isFinite ? min(max(change, -Self.stride), Self.stride) : slope > 0 ? -Self.stride : Self.stride)
    }
}
