import Glibc

/// What a network's headline comes to when its answers lose so and so much, tabulated once from how clearly the original answers each sample.
///
/// A loss (nats an answer, or half of the error's share of the variance of answers that are numbers; what `Importance` predicts) stands for noise
/// on the scores, alike on all of them: ½ σ² E[1 − Σ p²] is its divergence. A sample keeps its answer as long as the noise leaves that the largest.
public struct MarginTable: Sendable, Hashable {
    /// What is told.
    public let metric: Metric
    /// The original's, on all samples; of a ratio in dB infinite.
    public let original: Double
    /// Samples that are measured, by which a measured figure scatters.
    public let samples: Int
    /// At losses that grow by equal factors from `least`; quality falls from one to the next.
    private let values: [Double]
    /// How far a measured figure scatters about its value: its standard deviation over noises.
    private let spreads: [Double]

    /// The smallest loss that is tabulated, as a logarithm, the logarithm of the factor between two, and how many there are.
    private static let (least, step, count) = (log(1e-7), 0.25, 90)

    /// Losses that are tabulated.
    static let losses = (0..<count).map { exp(least + step * Double($0)) }

    /// Takes values and spreads at `losses`; differences against what the first is, on some of the samples, count on all of them.
    init(_ metric: Metric, original: Double, samples: Int, values: [Double], spreads: [Double]) {
        precondition(values.count == Self.count && spreads.count == Self.count, "not a value for each loss")
        (self.metric, self.original, self.samples, self.spreads) = (metric, original, samples, spreads)
        // Rounding must not make a loss pay.
        let sign = metric.risesWithQuality ? 1.0 : -1.0
        var worst = Double.infinity
        self.values = values.map { value in
            worst = min(worst, sign * value)
            return sign * worst
        }
    }

    /// The figure where answers are noise.
    public var worst: Double { values[Self.count - 1] }

    /// Half of what a sample counts for, where figures count samples.
    public var unit: Double { metric.isProportion ? 0.5 / Double(max(1, samples)) : 0 }

    /// The figure where so much is lost.
    public func value(losing loss: Double) -> Double { loss > 0 ? Self.between(values, loss) : original }

    /// How far a measured figure scatters about that: its standard deviation.
    public func spread(losing loss: Double) -> Double { loss > 0 ? Self.between(spreads, loss) : 0 }

    /// The loss that makes the figure so much worse than the original's: points of accuracy as a share of 1, bits a character. Nil where none
    /// does, and of ratios in dB.
    public func loss(forChange change: Double) -> Double? {
        guard original.isFinite else { return nil }
        return loss(at: original + (metric.risesWithQuality ? -abs(change) : abs(change)))
    }

    /// The loss at which the figure has a value: 0 where it is no worse than with the smallest that is tabulated, nil where it is worse than with the largest.
    public func loss(at value: Double) -> Double? {
        let sign = metric.risesWithQuality ? 1.0 : -1.0
        guard sign * value < sign * values[0] else { return 0 }
        guard let next = values.firstIndex(where: { sign * $0 <= sign * value }) else { return nil }
        let (before, after) = (values[next - 1], values[next])
        let share = before == after ? 0 : (value - before) / (after - before)
        return exp(Self.least + Self.step * (Double(next - 1) + share))
    }

    private static func between(_ numbers: [Double], _ loss: Double) -> Double {
        let place = min(max((log(loss) - least) / step, 0), Double(count - 1))
        let before = min(Int(place), count - 2)
        let share = place - Double(before)
        return numbers[before] * (1 - share) + numbers[before + 1] * share
    }
}
