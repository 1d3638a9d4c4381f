import Glibc

/// 95 % intervals for proportions.
enum ProportionInterval {
    /// The two-sided 95 % quantile of the normal distribution.
    static let z = 1.959963984540054

    /// Wilson's score interval for `successes` of `count`, which may be the fractions of an effective sample size.
    ///
    /// E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    static func wilson(_ successes: Double, of count: Double) -> ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        let p = successes / count
        let weight = z * z / count
        let center = (p + weight / 2) / (1 + weight)
        let reach = z * (p * (1 - p) / count + weight / (4 * count)).squareRoot() / (1 + weight)
        // At 0 and 1 the interval ends there exactly; rounding must not move it past the value.
        return max(0, min(center - reach, p))...min(1, max(center + reach, p))
    }

    /// Tango's score interval for the difference (`gained` − `lost`) / `count` of two proportions of the same samples, of
    /// which `gained` succeeded only the second time and `lost` only the first.
    ///
    /// It keeps its coverage in small samples and depends on nothing but these counts; without any difference it still has
    /// the width that `count` samples allow for, ± z² / (count + z²). T. Tango, Equivalence test and confidence interval for
    /// the difference in proportions for the paired-sample design, Statistics in Medicine 17 (1998), doi
    /// 10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B; recommended by Fagerland, Lydersen and Laake, ibid.
    /// 33 (2014), doi 10.1002/sim.6148.
    static func tango(gained: Int, lost: Int, of count: Int) -> ClosedRange<Double> {
        precondition(gained >= 0 && lost >= 0 && gained + lost <= count, "\(gained) + \(lost) of \(count) samples")
        guard count > 0 else { return -1...1 }
        let (b, c, n) = (Double(gained), Double(lost), Double(count))
        let difference = (b - c) / n
        /// How many standard errors the counts lie above what a true difference would give; falls with `delta`.
        func score(_ delta: Double) -> Double {
            let linear = (2 * n - b + c) * delta - b - c
            let constant = -c * delta * (1 - delta)
            let lostOnly = ((linear * linear - 8 * n * constant).squareRoot() - linear) / (4 * n)
            let variance = n * (2 * lostOnly + delta * (1 - delta))
            let excess = b - c - n * delta
            return variance > 0 ? excess / variance.squareRoot() : excess == 0 ? 0 : excess * .infinity
        }
        return boundary(between: -1, and: difference) {
            score($0) > z
        }...boundary(between: difference, and: 1) {
            score($0) > -z
        }
    }

    /// The place up to which `holds` is true, between two places where it is and is not.
    private static func boundary(between low: Double, and high: Double, _ holds: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        // 52 halvings of at most 2 leave less than 10⁻¹⁵.
        for _ in 0..<52 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
