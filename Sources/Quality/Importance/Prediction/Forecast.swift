import Evaluation

/// What a configuration is expected to measure, before it is run.
public struct Forecast: Sendable, Hashable {
    /// What is told.
    public let metric: Metric
    /// The likeliest figure.
    public let value: Double
    /// Within which nine of ten measurements are expected.
    public let interval: ClosedRange<Double>
    /// The loss, as it is believed by then.
    public let loss: Double
}

/// A configuration that was measured on all samples.
public struct ForecastObservation: Sendable, Hashable, Codable {
    /// What had been predicted of its layers.
    public let configuration: PredictedConfiguration
    /// The headline's figure.
    public let value: Double

    /// Whether something can be learned from it.
    var isTelling: Bool {
        // What was kept may have been damaged.
        value.isFinite && !configuration.parts.isEmpty && configuration.parts.allSatisfy { (1e-30...1e30).contains($0.loss) }
            && configuration.unknown.isEmpty
    }

    /// Names both.
    public init(_ configuration: PredictedConfiguration, measured value: Double) { (self.configuration, self.value) = (configuration, value) }
}
