import Glibc

/// What is known of the factors by which sums of predicted losses miss, of networks in general.
enum ForecastPrior {
    /// Standard deviations to either side that hold nine of ten.
    static let reach = 1.7
    /// By how much the likeliest figure is above the middle one, in deviations: figures fall ever faster with a loss's logarithm.
    static let lean = 0.25
    /// Share of the scatter that is common to configurations: the same samples are near their margins.
    static let commonScatter = 0.4
    /// Measurements that the spread of factors is believed like.
    static let confidence = 9.0

    private static let middle = log(0.05)

    /// Of the factor's logarithm.
    static func mean(_ loss: Double) -> Double { -0.3 - 0.2 * max(0, log(loss) - middle) }

    /// What no other configuration tells of.
    static func noise(_ loss: Double) -> Double {
        let growth = 0.3 * min(max(0, log(loss) - log(0.03)), 4.5)
        return 0.17 * 0.17 * exp(2 * growth)
    }

    /// How alike two configurations miss.
    static func covariance(_ left: PredictedConfiguration, _ right: PredictedConfiguration) -> Double {
        let (x, y) = (log(left.loss) - middle, log(right.loss) - middle)
        let likeness = left.likeness(to: right)
        func near(_ length: Double) -> Double { exp(-0.5 * (x - y) * (x - y) / (length * length)) }
        let ways = 0.07 * likeness.layers * likeness.layers + 0.04 * likeness.ways * likeness.ways + 0.04 * likeness.stages
        return 0.06 + 0.01 * x * y + 0.09 * near(0.7) + near(1.5) * ways
    }
}
