import Glibc

/// 95 % intervals.
enum Interval {
    static let normalQuantile = 1.959963984540054

    /// Wilson's score interval of a proportion (Wilson 1927).
    static func proportion(_ successes: Int, of count: Int) -> ClosedRange<Double>? {
        guard count > 0 else { return nil }
        let n = Double(count)
        let p = Double(successes) / n
        let z2 = normalQuantile * normalQuantile
        let center = (p + z2 / (2 * n)) / (1 + z2 / n)
        let margin = normalQuantile / (1 + z2 / n) * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
        return max(0, center - margin)...min(1, center + margin)
    }

    /// The difference changed − original of two proportions on the same samples: the score intervals of both, joined with
    /// the correlation between them (Newcombe 1998, method 10).
    static func difference(_ pairs: Tally.Pairs) -> ClosedRange<Double>? {
        let count = pairs.both + pairs.originalOnly + pairs.changedOnly + pairs.neither
        guard let changed = proportion(pairs.both + pairs.changedOnly, of: count),
            let original = proportion(pairs.both + pairs.originalOnly, of: count)
        else { return nil }
        let n = Double(count)
        let p1 = Double(pairs.both + pairs.changedOnly) / n
        let p2 = Double(pairs.both + pairs.originalOnly) / n
        let (a, b, c, d) = (Double(pairs.both), Double(pairs.changedOnly), Double(pairs.originalOnly), Double(pairs.neither))
        let product = (a + b) * (c + d) * (a + c) * (b + d)
        var correlation = 0.0
        if product > 0 {
            let covariance = a * d - b * c
            // Newcombe's continuity correction, for positive association only.
            let corrected = covariance > n / 2 ? covariance - n / 2 : covariance >= 0 ? 0 : covariance
            correlation = corrected / product.squareRoot()
        }
        func margin(_ below: Double, _ above: Double) -> Double {
            max(0, below * below - 2 * correlation * below * above + above * above).squareRoot()
        }
        let difference = p1 - p2
        let low = difference - margin(p1 - changed.lowerBound, original.upperBound - p2)
        let high = difference + margin(changed.upperBound - p1, p2 - original.lowerBound)
        return max(-1, low)...min(1, high)
    }

    static func mean(_ value: Double, margin: Double?) -> ClosedRange<Double>? {
        guard let margin, value.isFinite, margin.isFinite else { return nil }
        return value - margin...value + margin
    }
}
