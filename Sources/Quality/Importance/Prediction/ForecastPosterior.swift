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
    /// By how much the spread of factors is larger than in general.
    private let scale: Double

    private static let rounds = 8
    /// Figures that are worse than this share of all that can be lost tell no more than that.
    private static let mostTold = 0.6

    init(_ observations: [ForecastObservation], _ table: MarginTable) {
        let configurations = observations.map(\.configuration)
        let count = observations.count
        let losses = configurations.map(\.loss)
        let priors = losses.map { log($0) + ForecastPrior.mean($0) }
        let noise = losses.map(ForecastPrior.noise)
        let sign = table.metric.risesWithQuality ? 1.0 : -1.0
        let worst = table.metric.isProportion ? table.original - Self.mostTold * (table.original - table.worst) : -sign * .infinity
        let alike = configurations.map { left in configurations.map { ForecastPrior.covariance(left, $0) } }
        var misses = [Double](repeating: 0, count: count)
        var (slopes, spreads, weights, whitened) = (misses, misses, misses, misses)
        var factor = Cholesky([])
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
            let unit = table.unit * table.unit / 3 + 1e-10
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
                misses[place] = 0.3 * misses[place] + 0.7 * min(max(miss, -4), 4)
            }
        }
        // Figures that mostly scatter say nothing of factors.
        var (sum, number) = (ForecastPrior.confidence, ForecastPrior.confidence)
        for place in 0..<count {
            let told = slopes[place] * slopes[place] * (alike[place][place] + noise[place])
            let share = told / (told + spreads[place] * spreads[place] + 1e-10)
            sum += whitened[place] * whitened[place] * share
            number += share
        }
        scale = min(max(sum / number, 0.3), 4)
        self.configurations = configurations
        (self.slopes, self.spreads, self.factor, self.weights) = (slopes, spreads, factor, weights)
    }

    /// The factor's logarithm and how figures scatter, in units of their spread, for a configuration; and the scale of the former's deviation.
    func beliefs(
        _ configuration: PredictedConfiguration
    ) -> (miss: (mean: Double, variance: Double), scatter: (mean: Double, variance: Double), scale: Double) {
        let alike = configurations.enumerated().map { ForecastPrior.covariance(configuration, $1) * slopes[$0] }
        let common = spreads.map { ForecastPrior.commonScatter * $0 }
        func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
        let (explained, scattered) = (factor.forwards(alike), factor.forwards(common))
        let own = ForecastPrior.covariance(configuration, configuration)
        return (
            (ForecastPrior.mean(configuration.loss) + dot(alike, weights), max(own - dot(explained, explained), 1e-6)),
            (dot(common, weights), max(1 - dot(scattered, scattered), 0.05)), scale
        )
    }
}
