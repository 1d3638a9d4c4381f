import ImageMetrics

/// Adds up how a configuration's images differ from the original's at equal latents.
struct GenerationTally: Sendable {
    private let examiner: ImageExaminer
    private var original: FeatureSet
    private var changed: FeatureSet
    private var similarity = MeanTally()
    private var squaredError = MeanTally()
    private var agreement = AgreementTally()

    /// Samples whose neighbours are looked for; work grows with the square of their number.
    private static let manifoldLimit = 4_096
    /// Features up to which the error is told before all samples are there: beyond, it takes longer than a round.
    private static let quickDimension = 160

    init(_ examiner: ImageExaminer) {
        self.examiner = examiner
        original = FeatureSet(dimension: examiner.classifier.dimension)
        changed = original
    }

    /// Adds a run: what the classifier says of both sides, and their images compared.
    mutating func add(original before: ImageFacts, changed after: ImageFacts, _ comparisons: [ImageComparison]) {
        original.append(before.features)
        changed.append(after.features)
        agreement.add(original: before.predictions, changed: after.predictions)
        for comparison in comparisons {
            if let value = comparison.similarity { similarity.add(value) }
            squaredError.add(comparison.squaredError)
        }
    }

    /// All figures, the one for the header first, and by what they were judged.
    func report(isComplete: Bool) -> (figures: [QualityFigure], note: CriticNote) {
        let estimatesError = isComplete || original.dimension <= Self.quickDimension
        let known = examiner.original(original, manifoldLimit: Self.manifoldLimit, estimatesError: estimatesError)
        let after = FrechetEstimate.moments(of: changed, estimatesError: estimatesError)
        let frechet = FrechetEstimate(examiner.spread(after.count) { known.references[$0].distance(to: after[$0]) })
        var figures = [
            QualityFigure(
                metric: .frechetDistance, original: nil, value: frechet.distance,
                interval: interval(frechet.distance, frechet.standardError, least: 0))
        ]
        if similarity.count > 0 {
            figures.append(
                QualityFigure(metric: .structuralSimilarity, original: nil, value: similarity.mean, interval: similarity.interval))
        }
        figures.append(peakSignal)
        let kept = changed.prefix(Self.manifoldLimit)
        let manifold = SampleManifold(kept)
        figures.append(QualityFigure(metric: .precision, original: nil, value: known.manifold.coverage(of: kept)))
        figures.append(
            QualityFigure(metric: .recall, original: nil, value: manifold.coverage(of: original.prefix(Self.manifoldLimit))))
        figures.append(agreement.report(as: .classifierAgreement))
        if let real = examiner.real, let toReal = known.toReal {
            figures = compare(real, toReal, after, precision: real.manifold.coverage(of: kept), manifold) + figures
        }
        return (
            figures,
            CriticNote(
                classifier: examiner.classifier.name, features: examiner.classifier.featureName,
                featureCount: examiner.classifier.dimension, frechetBias: frechet.bias, real: examiner.real?.name,
                realCount: examiner.real?.features.count)
        )
    }

    /// How far both sides are from real images.
    private func compare(
        _ real: ImageExaminer.RealImages, _ before: ImageExaminer.ToReal, _ moments: [FeatureMoments], precision: Double,
        _ manifold: SampleManifold
    ) -> [QualityFigure] {
        let distances = examiner.spread(moments.count) { real.reference.distance(to: moments[$0]) }
        let after = FrechetEstimate(distances)
        let difference = FrechetEstimate(zip(distances, before.distances).map { $0 - $1 })
        return [
            QualityFigure(
                metric: .frechetDistanceToReal, original: before.distances[0], value: after.distance,
                interval: interval(after.distance, after.standardError, least: 0),
                differenceInterval: interval(difference.distance, difference.standardError, least: -.infinity)),
            QualityFigure(metric: .precisionToReal, original: before.precision, value: precision),
            QualityFigure(
                metric: .recallToReal, original: before.recall,
                value: manifold.coverage(of: real.features.prefix(Self.manifoldLimit))),
        ]
    }

    private var peakSignal: QualityFigure {
        func decibels(_ error: Double) -> Double {
            PeakSignal.decibels(squaredError: error < 0 ? 0 : error, dynamicRange: examiner.dynamicRange)
        }
        // A larger error is a smaller ratio.
        let interval = squaredError.interval.map { decibels($0.upperBound)...decibels($0.lowerBound) }
        return QualityFigure(metric: .peakSignal, original: nil, value: decibels(squaredError.mean), interval: interval)
    }

    /// The 95 % interval by Student's t over the jackknife's groups.
    private func interval(_ value: Double, _ error: Double?, least: Double) -> ClosedRange<Double>? {
        guard let error, error.isFinite, value.isFinite else { return nil }
        let reach = StudentQuantile.twoSided(degrees: FrechetEstimate.groupCount - 1) * error
        return max(least, value - reach)...value + reach
    }
}
