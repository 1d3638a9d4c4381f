import Glibc

/// What is known of the factors by which sums of predicted losses miss, of networks in general.
enum ForecastPrior {
    /// Standard deviations to either side that hold nine of ten.
    static let reach = 1.645
    /// By how much the likeliest figure is above the middle one, in deviations: figures fall ever faster with a loss's logarithm.
    static let lean = 0.25
    /// Share of the scatter that is common to configurations: the same samples are near their margins.
    static let commonScatter = 0.5
    /// Measurements that the spread of factors and the scatter are believed like.
    static let confidence = (factors: 6.0, scatter: 9.0)
    /// The logarithm of what intervals are wider by than all that says, and how much that moves with each measurement: up by nine parts where an
    /// interval missed it, down by one where it did not (Gibbs & Candès 2021), so that nine of ten are held whatever the network.
    static let widening = (first: 0.15, step: 0.15, bounds: -1.2...1.2)

    private static let middle = log(0.05)

    /// Of the factor's logarithm.
    static func mean(_ loss: Double) -> Double { -0.2 - 0.2 * max(0, log(loss) - middle) }

    /// What no other configuration tells of.
    static func noise(_ loss: Double) -> Double {
        let growth = 0.3 * min(max(0, log(loss) - log(0.03)), 4.5)
        return 0.16 * 0.16 * exp(2 * growth)
    }

    /// How alike two configurations miss.
    static func covariance(_ left: PredictedConfiguration, _ right: PredictedConfiguration) -> Double {
        let (x, y) = (log(left.loss) - middle, log(right.loss) - middle)
        let likeness = left.likeness(to: right)
        func near(_ length: Double) -> Double { exp(-0.5 * (x - y) * (x - y) / (length * length)) }
        let ways = 0.04 * likeness.layers * likeness.layers + 0.0225 * likeness.ways * likeness.ways + 0.04 * likeness.stages
        return 0.06 + 0.01 * x * y + 0.0625 * near(0.7) + near(1.5) * ways
    }
}
