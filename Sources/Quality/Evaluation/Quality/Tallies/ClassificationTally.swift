/// Counts how well a configuration and the original name the classes of the same labelled samples.
public struct ClassificationTally: Sendable, Hashable {
    /// How often each of the two succeeded.
    struct Pairs: Sendable, Hashable {
        var both = 0
        var gained = 0
        var lost = 0
        var neither = 0

        mutating func add(original: Bool, changed: Bool) {
            switch (original, changed) {
            case (true, true): both += 1
            case (false, true): gained += 1
            case (true, false): lost += 1
            case (false, false): neither += 1
            }
        }

        mutating func merge(_ other: Pairs) {
            both += other.both
            gained += other.gained
            lost += other.lost
            neither += other.neither
        }

        func figure(_ metric: Metric) -> QualityFigure {
            let count = both + gained + lost + neither
            let changed = both + gained
            return QualityFigure(
                metric: metric, original: Double(both + lost) / Double(max(count, 1)),
                value: Double(changed) / Double(max(count, 1)),
                interval: ProportionInterval.wilson(Double(changed), of: Double(count)),
                differenceInterval: ProportionInterval.tango(gained: gained, lost: lost, of: count))
        }
    }

    /// Top-5 says something only of more classes than five.
    private let hasTopFive: Bool
    private var topOne = Pairs()
    private var topFive = Pairs()
    private var agreements = 0
    private var originalLoss = MeanTally()
    private var loss = MeanTally()
    private var lossDifference = MeanTally()

    public init(classCount: Int) { hasTopFive = classCount > 5 }

    /// Samples counted.
    public var count: Int { loss.count }

    /// Adds samples: what the original says of them, and what the configuration says of the same ones.
    public mutating func add(original: some Collection<SampleOutcome>, changed: some Collection<SampleOutcome>) {
        precondition(original.count == changed.count, "\(original.count) and \(changed.count) samples are not the same")
        for (before, after) in zip(original, changed) {
            topOne.add(original: before.isTopOne, changed: after.isTopOne)
            topFive.add(original: before.isTopFive, changed: after.isTopFive)
            if before.prediction == after.prediction { agreements += 1 }
            originalLoss.add(Double(before.loss))
            loss.add(Double(after.loss))
            lossDifference.add(Double(after.loss) - Double(before.loss))
        }
    }

    /// Adds what another tally counted of other samples.
    public mutating func merge(_ other: ClassificationTally) {
        precondition(hasTopFive == other.hasTopFive)
        topOne.merge(other.topOne)
        topFive.merge(other.topFive)
        agreements += other.agreements
        originalLoss.merge(other.originalLoss)
        loss.merge(other.loss)
        lossDifference.merge(other.lossDifference)
    }

    /// Top-1, and behind it top-5, cross-entropy and agreement with the original.
    public func report() -> (headline: QualityFigure, others: [QualityFigure]) {
        let crossEntropy = QualityFigure(
            metric: .crossEntropy, original: originalLoss.mean, value: loss.mean, interval: loss.interval,
            differenceInterval: lossDifference.interval)
        let others = [crossEntropy, AgreementTally.figure(agreements, of: count)]
        return (topOne.figure(.topOne), hasTopFive ? [topFive.figure(.topFive)] + others : others)
    }
}
