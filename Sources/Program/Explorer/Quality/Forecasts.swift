import Compression
import Evaluation
import Importance

/// What configurations are expected to measure.
struct Forecasts: Sendable {
    /// Nil until the original's answers are known.
    var forecaster: Forecaster?
    /// What was measured in work that goes on, and on which data, until it can be learned from.
    var kept: KeptObservations?
    /// Of the configuration in force, from before it was measured; nil where nothing is foretold.
    var current: Forecast?
    /// By how much what layers lose turned out to be more than predicted, near the configuration in force.
    var correction = 1.0
    /// The layer that stands in the way of a forecast.
    var obstacle: Int?
    /// What `current` is of.
    fileprivate var configuration: PredictedConfiguration?
    /// The configuration that was last learned from.
    fileprivate var learned: ChangedPlans?

    /// Begins anew with other data.
    mutating func forget() { self = Forecasts(kept: kept) }
}

/// What was measured of configurations, on one data set.
struct KeptObservations: Sendable, Hashable, Codable {
    var data: String?
    /// Measurements of others are none of these.
    var samples: Int
    var observations: [ForecastObservation]
    /// What their intervals were wider by.
    var widening: Double
}

extension Workspace {
    /// Takes what losses come to, and learns from what was measured in the work before.
    mutating func take(_ table: MarginTable) {
        var forecaster = Forecaster(table)
        if let kept = forecasts.kept, kept.data == quality.data?.path, kept.samples == table.samples {
            forecaster = Forecaster(table, continuing: kept.observations, widening: kept.widening)
        }
        forecasts.forget()
        forecasts.forecaster = forecaster
        forecasts.kept = nil
    }

    /// Takes what was measured in the work before.
    mutating func take(_ kept: KeptObservations?) {
        forecasts.kept = kept
        if let table = forecasts.forecaster?.table { take(table) }
    }

    /// What is to be kept of what was measured; nil where there is nothing.
    var observationsToKeep: KeptObservations? {
        guard let forecaster = forecasts.forecaster else { return forecasts.kept }
        guard !forecaster.observations.isEmpty else { return nil }
        return KeptObservations(
            data: quality.data?.path, samples: forecaster.table.samples, observations: forecaster.observations, widening: forecaster.widening)
    }

    /// What is expected of the configuration in force, where its network is the one that would be written.
    var forecast: Forecast? { recovered == nil ? forecasts.current : nil }

    /// Foretells the configuration in force, and learns from it once it was measured.
    mutating func foretell() {
        let changed = changedPlans
        guard let forecaster = forecasts.forecaster, let (configuration, isExact) = predictedConfiguration else {
            (forecasts.current, forecasts.configuration, forecasts.obstacle) = (nil, nil, nil)
            return
        }
        if forecasts.configuration != configuration {
            forecasts.configuration = configuration
            forecasts.current = changed.isEmpty ? nil : forecaster.forecast(configuration)
            forecasts.obstacle = configuration.unknown.first
            if configuration.loss > 0 { forecasts.correction = forecaster.correction(configuration) }
        }
        guard isExact, forecasts.learned != changed, let report = quality.report(of: changed), report.isComplete,
            let figure = ([report.headline] + report.others).first(where: { $0.metric == forecaster.table.metric })
        else { return }
        forecasts.learned = changed
        forecasts.forecaster?.learn(ForecastObservation(configuration, measured: figure.value))
        forecasts.correction = forecasts.forecaster?.correction(configuration) ?? 1
    }

    /// What is predicted of the layers, and whether it all is as exact as it will be; nil until everything is there that it follows from.
    private var predictedConfiguration: (PredictedConfiguration, isExact: Bool)? {
        guard isComposed, !losses.curves.isEmpty, changedPlans.keys.allSatisfy({ statuses[$0].isReady }) else { return nil }
        var made = PredictedConfiguration()
        var isExact = true
        for (layer, status) in statuses.enumerated() where status.figures.squaredError > 0 {
            let known = loss(of: layer)
            made.add(known?.value, of: layer, under: plans[layer])
            if status.freshness != .exact || known?.isExact == false { isExact = false }
        }
        return (made, isExact)
    }
}
