/// Quantiles of Student's t distribution.
enum StudentQuantile {
    /// Fewer degrees of freedom than these make no interval that is worth showing.
    static let leastDegrees = 7

    /// The two-sided 95 % quantile for at least `leastDegrees` degrees of freedom, within 2·10⁻⁴.
    ///
    /// Cornish and Fisher's expansion in 1/ν; Abramowitz and Stegun, 26.7.5.
    static func twoSided(degrees: Int) -> Double {
        precondition(degrees >= leastDegrees)
        let v = Double(degrees)
        let z = ProportionInterval.z
        let z2 = z * z
        let terms = [
            (z2 + 1) / 4,
            ((5 * z2 + 16) * z2 + 3) / 96,
            (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
            ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92_160,
        ]
        var sum = 0.0
        for term in terms.reversed() { sum = (sum + term) / v }
        return z * (1 + sum)
    }
}
