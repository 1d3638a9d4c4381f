import Evaluation

/// What `pare evaluate --json` prints; the keys are part of Pare's interface.
///
/// Fractions are 0…1. A signal-to-noise ratio is null where the outputs are equal.
public struct EvaluateReport: Encodable, Sendable {
    public struct MetricReport: Encodable, Sendable {
        var metric: String
        var value: Double?
        var original: Double?
        var ci95: [Double]?
        var difference: Double?
        var difference_ci95: [Double]?

        init(_ figure: QualityFigure) {
            metric = figure.metric.rawValue
            value = finite(figure.value)
            original = figure.original.flatMap(finite)
            ci95 = figure.interval.flatMap(ends)
            difference = figure.difference.flatMap(finite)
            difference_ci95 = figure.differenceInterval.flatMap(ends)
        }
    }

    /// By what a generator's images were judged.
    public struct CriticReport: Encodable, Sendable {
        var classifier: String
        var features: String
        var feature_count: Int
        var frechet_bias: Double?
        var real: String?
        var real_count: Int?

        init(_ note: CriticNote) {
            classifier = note.classifier
            features = note.features
            feature_count = note.featureCount
            frechet_bias = note.frechetBias.flatMap(finite)
            real = note.real
            real_count = note.realCount
        }
    }

    public struct OutputReport: Encodable, Sendable {
        var name: String
        var sqnr_db: Double?
    }

    private let headline: MetricReport
    private let data: String
    private let samples: Int
    private let total: Int
    private let skipped: Int
    private let agreement: Double?
    private let metrics: [MetricReport]
    private let outputs: [OutputReport]
    private let macs: (before: Int?, after: Int?)
    private let seconds: (original: Double, changed: Double)?
    private let reconstruction: ReconstructionReport?
    private let critic: CriticReport?

    public init(_ measured: MeasuredQuality) {
        let report = measured.report
        let figures = [report.headline] + report.others
        headline = MetricReport(report.headline)
        data = measured.dataName
        samples = report.samples
        total = report.total
        skipped = report.skipped
        agreement = figures.first { $0.metric == .agreement }?.value
        metrics = figures.map(MetricReport.init)
        macs = (measured.macs.original.count, measured.macs.changed.count)
        seconds = measured.secondsPerSample
        reconstruction = measured.reconstruction.map(ReconstructionReport.init)
        critic = report.critic.map(CriticReport.init)
        outputs = report.outputs.map { OutputReport(name: $0.name, sqnr_db: finite($0.signalToNoise)) }
    }

    private enum CodingKeys: String, CodingKey {
        case data, samples, total, skipped, agreement, metrics, outputs, macs_before, macs_after
        case seconds_per_sample, seconds_per_sample_original, reconstruction, critic
    }

    /// Writes null where a number does not apply, so that every key is always there.
    public func encode(to encoder: any Encoder) throws {
        try headline.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(data, forKey: .data)
        try container.encode(samples, forKey: .samples)
        try container.encode(total, forKey: .total)
        try container.encode(skipped, forKey: .skipped)
        try container.encode(agreement, forKey: .agreement)
        try container.encode(metrics, forKey: .metrics)
        try container.encode(outputs, forKey: .outputs)
        try container.encode(macs.before, forKey: .macs_before)
        try container.encode(macs.after, forKey: .macs_after)
        try container.encode(seconds?.changed, forKey: .seconds_per_sample)
        try container.encode(seconds?.original, forKey: .seconds_per_sample_original)
        try container.encodeIfPresent(reconstruction, forKey: .reconstruction)
        try container.encodeIfPresent(critic, forKey: .critic)
    }
}

extension EvaluateReport.MetricReport {
    private enum CodingKeys: String, CodingKey { case metric, value, original, ci95, difference, difference_ci95 }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(metric, forKey: .metric)
        try container.encode(value, forKey: .value)
        try container.encode(original, forKey: .original)
        try container.encode(ci95, forKey: .ci95)
        try container.encode(difference, forKey: .difference)
        try container.encode(difference_ci95, forKey: .difference_ci95)
    }
}

extension EvaluateReport.CriticReport {
    private enum CodingKeys: String, CodingKey { case classifier, features, feature_count, frechet_bias, real, real_count }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(classifier, forKey: .classifier)
        try container.encode(features, forKey: .features)
        try container.encode(feature_count, forKey: .feature_count)
        try container.encode(frechet_bias, forKey: .frechet_bias)
        try container.encode(real, forKey: .real)
        try container.encode(real_count, forKey: .real_count)
    }
}

extension EvaluateReport.OutputReport {
    private enum CodingKeys: String, CodingKey { case name, sqnr_db }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(sqnr_db, forKey: .sqnr_db)
    }
}

/// JSON has no infinity.
private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

private func ends(_ interval: ClosedRange<Double>) -> [Double]? {
    guard interval.lowerBound.isFinite, interval.upperBound.isFinite else { return nil }
    return [interval.lowerBound, interval.upperBound]
}
