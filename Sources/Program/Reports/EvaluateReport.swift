import Evaluation
import Workbench

/// What `pare evaluate --json` prints; the keys are part of Pare's interface.
///
/// Fractions are 0…1. A signal-to-noise ratio is null where the outputs are equal, and `equal` is true then; other numbers that
/// are not finite are written as `JSONText` does.
public struct EvaluateReport: Encodable, Sendable {
    public struct MetricReport: Encodable, Sendable {
        var metric: String
        @Nullable var value: Double?
        @Nullable var original: Double?
        @Nullable var ci95: [Double]?
        @Nullable var difference: Double?
        @Nullable var difference_ci95: [Double]?
        /// Of measures in decibels: whether the outputs are equal, so that there is no number.
        var equal: Bool?

        init(_ figure: QualityFigure) {
            let isRatio = figure.metric.isDecibels
            metric = figure.metric.rawValue
            value = isRatio ? decibels(figure.value) : figure.value
            original = figure.original.flatMap { isRatio ? decibels($0) : $0 }
            ci95 = figure.interval.flatMap(ends)
            difference = figure.difference.flatMap { isRatio ? decibels($0) : $0 }
            equal = isRatio ? figure.value == .infinity : nil
            difference_ci95 = figure.differenceInterval.flatMap(ends)
        }
    }

    /// By what a generator's images were judged.
    public struct CriticReport: Encodable, Sendable {
        var classifier: String
        var features: String
        var feature_count: Int
        @Nullable var frechet_bias: Double?
        @Nullable var real: String?
        @Nullable var real_count: Int?

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
        @Nullable var sqnr_db: Double?
        var equal: Bool

        init(_ name: String, _ ratio: Double) {
            self.name = name
            sqnr_db = decibels(ratio)
            equal = ratio == .infinity
        }
    }

    /// What is told beside the headline, whose keys stand among these.
    private struct Rest: Encodable, Sendable {
        var data: String
        var samples: Int
        var total: Int
        var skipped: Int
        @Nullable var agreement: Double?
        var metrics: [MetricReport]
        var outputs: [OutputReport]
        @Nullable var macs_before: Int?
        @Nullable var macs_after: Int?
        @Nullable var seconds_per_sample: Double?
        @Nullable var seconds_per_sample_original: Double?
        /// What figures of quality, and what MACs, rest on that nobody gave of the inputs; missing where they rest on nothing.
        var assumed: [String]?
        var macs_assumed: [String]?
        var reconstruction: ReconstructionReport?
        /// Samples of the data that weights learned from, which are not measured on; whether they are all the same, as there are no others.
        var left_out: Int
        var measures_learned: Bool
        var critic: CriticReport?
    }

    private let headline: MetricReport
    private let rest: Rest

    public init(_ measured: MeasuredQuality) {
        let report = measured.report
        let figures = [report.headline] + report.others
        headline = MetricReport(report.headline)
        rest = Rest(
            data: measured.dataName, samples: report.samples, total: report.total, skipped: report.skipped,
            agreement: figures.first { $0.metric == .agreement }?.value, metrics: figures.map(MetricReport.init),
            outputs: report.outputs.map { OutputReport($0.name, $0.signalToNoise) },
            macs_before: measured.macs.original.count, macs_after: measured.macs.changed.count,
            seconds_per_sample: measured.secondsPerSample?.changed,
            seconds_per_sample_original: measured.secondsPerSample?.original,
            assumed: report.assumed.isEmpty ? nil : report.assumed,
            macs_assumed: measured.macsAssumed.isEmpty ? nil : measured.macsAssumed,
            reconstruction: measured.reconstruction.map(ReconstructionReport.init), left_out: measured.leftOut,
            measures_learned: measured.measuresLearned, critic: report.critic.map(CriticReport.init))
    }

    public func encode(to encoder: any Encoder) throws {
        try headline.encode(to: encoder)
        try rest.encode(to: encoder)
    }
}

/// A ratio to noise; nil where there is none.
private func decibels(_ value: Double) -> Double? { value == .infinity ? nil : value }

private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

private func ends(_ interval: ClosedRange<Double>) -> [Double]? {
    guard interval.lowerBound.isFinite, interval.upperBound.isFinite else { return nil }
    return [interval.lowerBound, interval.upperBound]
}
