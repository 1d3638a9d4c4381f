import Basics
import Compression
import Evaluation
import Glibc

/// Runs a network under plans on samples that are there to choose by: never those by which losses are predicted, nor those by which what
/// was found is judged in the end.
public protocol SearchTrials: Sendable {
    /// Measures plans; reports tell distances of answers, of the same samples in the same order each time.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run.
    func measure(_ plans: [LayerPlan], on samples: TrialSamples, cancellation: CancellationToken) throws -> QualityReport
}

/// On how many samples a trial is made.
public enum TrialSamples: Sendable, Hashable {
    /// Enough to see what a layer does.
    case few
    /// All that are there to choose by.
    case all
}

extension QualityReport {
    /// What of the network's quality is lost: points of accuracy or of agreement with the original, as a share of 1; of texts the growth of bits
    /// over the original's; of answers that are other numbers the error's share of their power.
    public var lostShare: Double {
        if headline.metric.isProportion { return (headline.original ?? 1) - headline.value }
        if headline.metric == .bitsPerCharacter, let original = headline.original, original > 0 { return headline.value / original - 1 }
        guard let ratio = ([headline] + others).first(where: { $0.metric == .signalToNoise }) else { return 0 }
        return pow(10, -ratio.value / 10)
    }

    /// Whether the figure that people go by is no worse, but for what chance does. A network that knows nothing and says so can be nearer to the
    /// original's answers than one that is half right and sure of all.
    func losesNoMore(than other: QualityReport) -> Bool {
        let chance = headline.metric.isProportion ? 1 / Double(max(1, samples)).squareRoot() : 0.01
        return lostShare <= other.lostShare + chance / 2
    }
}
