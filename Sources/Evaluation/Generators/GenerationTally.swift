import Generation

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
    /// Features up to which the error is estimated before all samples are there: beyond, it takes longer than a round.
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
        let frechet = FrechetEstimate(original, changed, estimatesError: estimatesError)
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
        let kept = (original.prefix(Self.manifoldLimit), changed.prefix(Self.manifoldLimit))
        let manifold = SampleManifold(kept.0)
        figures.append(QualityFigure(metric: .precision, original: nil, value: manifold.coverage(of: kept.1)))
        figures.append(QualityFigure(metric: .recall, original: nil, value: SampleManifold(kept.1).coverage(of: kept.0)))
        figures.append(agreement.report(as: .classifierAgreement))
        if let real = examiner.real { figures = toReal(real, kept, estimatesError) + figures }
        return (
            figures,
            CriticNote(
                classifier: examiner.classifier.name, features: examiner.classifier.featureName,
                featureCount: examiner.classifier.dimension, frechetBias: frechet.bias, real: examiner.real?.name,
                realCount: examiner.real?.features.count)
        )
    }

    /// How far both sides are from real images.
    private func toReal(
        _ real: ImageExaminer.RealImages, _ kept: (FeatureSet, FeatureSet), _ estimatesError: Bool
    ) -> [QualityFigure] {
        let before = FrechetEstimate(original, from: real.reference, estimatesError: false)
        let after = FrechetEstimate(changed, from: real.reference, estimatesError: estimatesError)
        let difference = FrechetEstimate.difference(changed, original, from: real.reference, estimatesError: estimatesError)
        func share(_ metric: Metric, _ measure: (FeatureSet) -> Double) -> QualityFigure {
            QualityFigure(metric: metric, original: measure(kept.0), value: measure(kept.1))
        }
        return [
            QualityFigure(
                metric: .frechetDistanceToReal, original: before.distance, value: after.distance,
                interval: interval(after.distance, after.standardError, least: 0),
                differenceInterval: interval(difference.distance, difference.standardError, least: -.infinity)),
            share(.precisionToReal) { real.manifold.coverage(of: $0) },
            share(.recallToReal) { samples in
                SampleManifold(samples).coverage(of: real.features.prefix(Self.manifoldLimit))
            },
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
