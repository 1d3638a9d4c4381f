import Evaluation
import Glibc

/// Foretells what configurations measure, and learns from each that was measured.
///
/// Layers' predicted losses ε, summed, tell the figure by a table of margins. By what factor the sum misses is a Gaussian process over configurations:
/// log f(c) = m(ε) + g(c), where configurations of about equal losses by the same layers, made in the same way, miss alike; what is left of
/// each is noise. Samples near their margins turn over in many configurations alike, so part of a figure's scatter is common to all. Measured
/// figures are taken by linearizing the table where they are believed to be, so everything has a closed form but for that place, which is
/// found by iterations. All constants were settled by `bench calibration` on other configurations than those RESULTS.md tells of.
public struct Forecaster: Sendable {
    /// What losses come to.
    public let table: MarginTable
    /// What was learned from, the newest last.
    public private(set) var observations: [ForecastObservation] = []
    /// The logarithm of what intervals are wider by, by how many of them held.
    public private(set) var widening = ForecastPrior.widening.first
    private var posterior: ForecastPosterior?

    /// Observations that are learned from: the newest.
    public static let memory = 64

    /// Begins with what is known of networks in general.
    public init(_ table: MarginTable) { self.table = table }

    /// Goes on with what was learned of the same network and samples.
    public init(_ table: MarginTable, continuing observations: [ForecastObservation], widening: Double) {
        self.table = table
        let bounds = ForecastPrior.widening.bounds
        self.widening = widening.isFinite ? min(max(widening, bounds.lowerBound), bounds.upperBound) : ForecastPrior.widening.first
        take(observations)
    }

    /// Learns from a measurement; the same configuration's older one is forgotten. What nothing can be learned from is left out.
    public mutating func learn(_ observation: ForecastObservation) {
        let sign = table.metric.risesWithQuality ? 1.0 : -1.0
        if observation.isTelling, !observations.contains(where: { $0.configuration == observation.configuration }),
            sign * observation.value > sign * ForecastPosterior.worstTold(table), let expected = forecast(observation.configuration)
        {
            let (step, bounds) = (ForecastPrior.widening.step, ForecastPrior.widening.bounds)
            widening += expected.interval.contains(observation.value) ? -0.1 * step : 0.9 * step
            widening = min(max(widening, bounds.lowerBound), bounds.upperBound)
        }
        take([observation])
    }

    private mutating func take(_ observed: [ForecastObservation]) {
        let usable = observed.filter(\.isTelling)
        guard !usable.isEmpty else { return }
        for observation in usable {
            observations.removeAll { $0.configuration == observation.configuration }
            observations.append(observation)
        }
        observations = observations.suffix(Self.memory)
        posterior = ForecastPosterior(observations, table)
    }

    /// By how much losses like those of a configuration turned out larger than predicted; 1 where nothing was learned.
    public func correction(_ configuration: PredictedConfiguration) -> Double {
        guard configuration.unknown.isEmpty, let beliefs = posterior?.beliefs(configuration), beliefs.miss.mean.isFinite else { return 1 }
        return exp(beliefs.miss.mean)
    }

    /// What a configuration is expected to measure; nil where something of it is not known.
    public func forecast(_ configuration: PredictedConfiguration) -> Forecast? {
        guard configuration.unknown.isEmpty else { return nil }
        let loss = configuration.loss
        guard loss > 0 else {
            return Forecast(metric: table.metric, value: table.original, interval: table.original...table.original, loss: 0)
        }
        let beliefs = posterior?.beliefs(configuration) ?? ForecastBeliefs(configuration)
        let (deviation, center, scatter) = (beliefs.miss.variance.squareRoot(), log(loss) + beliefs.miss.mean, beliefs.scatter)
        func value(_ sigmas: Double) -> Double { table.value(losing: exp(center + sigmas * deviation)) }
        func spread(_ sigmas: Double) -> Double { table.spread(losing: exp(center + sigmas * deviation)) }
        let middle = value(0) + spread(0) * scatter.mean
        let likeliest = table.metric.isDecibels ? middle : value(-ForecastPrior.lean) + spread(0) * scatter.mean
        let reach = ForecastPrior.reach
        // Quality falls with the loss: either end may be the lower.
        let ends = [-1.0, 1].map { side -> Double in
            let (moved, scattered) = (value(side * reach) - value(0), reach * scatter.variance.squareRoot() * spread(0.7 * side))
            return exp(widening) * (moved * moved + scattered * scattered).squareRoot()
        }
        // Better than the original is by chance alone.
        let chance = exp(widening) * reach * scatter.variance.squareRoot() * spread(0)
        let better = min(ends[0], abs(middle - table.original) + chance) + table.unit
        let worse = ends[1] + table.unit
        guard middle.isFinite, better.isFinite, worse.isFinite else { return nil }
        let (below, above) = table.metric.risesWithQuality ? (worse, better) : (better, worse)
        let bounds = table.metric.isProportion ? 0...1 : -Double.infinity...Double.infinity
        func inside(_ value: Double) -> Double { min(max(value, bounds.lowerBound), bounds.upperBound) }
        let interval = inside(middle - below)...inside(middle + above)
        return Forecast(
            metric: table.metric, value: min(max(likeliest, interval.lowerBound), interval.upperBound), interval: interval, loss: exp(center))
    }
}
