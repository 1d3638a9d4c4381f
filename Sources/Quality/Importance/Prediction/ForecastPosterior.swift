import Evaluation
import Glibc

/// What measurements say of the factors by which predictions miss.
struct ForecastPosterior: Sendable {
    private let configurations: [PredictedConfiguration]
    /// By observation: how the figure changes with the logarithm of the loss, and how it scatters, where it is believed to be.
    private let slopes: [Double]
    private let spreads: [Double]
    /// Of the covariance of figures, and what it makes of their residuals.
    private let factor: Cholesky
    private let weights: [Double]
    /// By how much the variance of factors, and that of scatter, is larger than in general.
    private let scales: (factors: Double, scatter: Double)

    private static let rounds = 12
    /// Figures that are worse than this share of all that can be lost tell no more than that.
    private static let mostTold = 0.6

    /// The figure below which (above which) measurements tell no more.
    static func worstTold(_ table: MarginTable) -> Double {
        guard table.original.isFinite else { return table.worst }
        return table.original + mostTold * (table.worst - table.original)
    }

    init(_ observations: [ForecastObservation], _ table: MarginTable) {
        let configurations = observations.map(\.configuration)
        let count = observations.count
        let losses = configurations.map(\.loss)
        let priors = losses.map { log($0) + ForecastPrior.mean($0) }
        let noise = losses.map(ForecastPrior.noise)
        let sign = table.metric.risesWithQuality ? 1.0 : -1.0
        let worst = Self.worstTold(table)
        let alike = configurations.map { left in configurations.map { ForecastPrior.covariance(left, $0) } }
        var misses = [Double](repeating: 0, count: count)
        var (slopes, spreads, weights, whitened) = (misses, misses, misses, misses)
        var factor = Cholesky([])
        let unit = table.unit * table.unit / 3 + 1e-10
        for round in 0..<Self.rounds {
            var residuals = [Double](repeating: 0, count: count)
            for place in 0..<count {
                let believed = priors[place] + misses[place]
                let value = table.value(losing: exp(believed))
                slopes[place] = (table.value(losing: exp(believed + 0.2)) - table.value(losing: exp(believed - 0.2))) / 0.4
                spreads[place] = table.spread(losing: exp(believed))
                let measured = sign * max(sign * observations[place].value, sign * worst)
                // What is believed to be as bad as can be told is no surprise.
                let isBeyond = sign * observations[place].value <= sign * worst && sign * value <= sign * worst
                residuals[place] = (isBeyond ? 0 : measured - value) + slopes[place] * misses[place]
            }
            let matrix = (0..<count).map { row in
                (0..<count).map { column in
                    let common = slopes[row] * slopes[column] * alike[row][column] + ForecastPrior.commonScatter * spreads[row] * spreads[column]
                    guard row == column else { return common }
                    return common + (1 - ForecastPrior.commonScatter) * spreads[row] * spreads[row] + slopes[row] * slopes[row] * noise[row] + unit
                }
            }
            factor = Cholesky(matrix)
            whitened = factor.forwards(residuals)
            weights = factor.backwards(whitened)
            guard round < Self.rounds - 1 else { break }
            for place in 0..<count {
                var miss = slopes[place] * noise[place] * weights[place]
                for other in 0..<count { miss += alike[place][other] * slopes[other] * weights[other] }
                // A table that hardly falls here may fall steeply a step further.
                misses[place] += min(max(0.8 * (miss - misses[place]), -0.7), 0.7)
            }
        }
        // Figures that mostly scatter say nothing of factors, and others nothing of scatter.
        let confidence = ForecastPrior.confidence
        var (factors, scatter) = ((sum: confidence.factors, count: confidence.factors), (sum: confidence.scatter, count: confidence.scatter))
        for place in 0..<count {
            let told = slopes[place] * slopes[place] * (alike[place][place] + noise[place])
            let share = told / (told + spreads[place] * spreads[place] + unit)
            factors = (factors.sum + whitened[place] * whitened[place] * share, factors.count + share)
            scatter = (scatter.sum + whitened[place] * whitened[place] * (1 - share), scatter.count + 1 - share)
        }
        scales = (min(max(factors.sum / factors.count, 0.1), 4), min(max(scatter.sum / scatter.count, 0.2), 2.5))
        self.configurations = configurations
        (self.slopes, self.spreads, self.factor, self.weights) = (slopes, spreads, factor, weights)
    }

    /// The factor's logarithm with all its noise, and how figures scatter, in units of their spread, for a configuration.
    func beliefs(_ configuration: PredictedConfiguration) -> ForecastBeliefs {
        let alike = configurations.enumerated().map { ForecastPrior.covariance(configuration, $1) * slopes[$0] }
        let common = spreads.map { ForecastPrior.commonScatter * $0 }
        func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
        let (explained, scattered) = (factor.forwards(alike), factor.forwards(common))
        var beliefs = ForecastBeliefs(configuration)
        let noise = ForecastPrior.noise(configuration.loss)
        beliefs.miss.mean += dot(alike, weights)
        beliefs.miss.variance = (max(beliefs.miss.variance - noise - dot(explained, explained), 1e-6) + noise) * scales.factors
        beliefs.scatter = (dot(common, weights), max(1 - dot(scattered, scattered), 0.05) * scales.scatter)
        return beliefs
    }
}

/// What is believed of a configuration: by what factor, as a logarithm, its predicted losses miss, and how its figure scatters, in units of
/// the table's spread.
struct ForecastBeliefs {
    var miss: (mean: Double, variance: Double)
    var scatter: (mean: Double, variance: Double) = (0, 1)

    /// Of networks in general.
    init(_ configuration: PredictedConfiguration) {
        let loss = configuration.loss
        miss = (ForecastPrior.mean(loss), ForecastPrior.covariance(configuration, configuration) + ForecastPrior.noise(loss))
    }
}
