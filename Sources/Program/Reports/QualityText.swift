import Basics
import Evaluation
import Glibc

/// Measures as the screen and the reports write them.
public enum QualityText {
    /// A metric's short name: `top-1`, `bits/char`.
    public static func name(_ metric: Metric) -> String {
        switch metric {
        case .topOne: "top-1"
        case .topFive: "top-5"
        case .crossEntropy: "cross-entropy"
        case .bitsPerCharacter: "bits/char"
        case .perplexity: "perplexity"
        case .agreement: "agreement"
        case .signalToNoise: "SQNR"
        case .frechetDistance: "Fréchet"
        case .frechetDistanceToReal: "Fréchet to real"
        case .structuralSimilarity: "SSIM"
        case .peakSignal: "PSNR"
        case .precision: "precision"
        case .recall: "recall"
        case .precisionToReal: "precision to real"
        case .recallToReal: "recall to real"
        case .classifierAgreement: "classifier agrees"
        }
    }

    /// The unit behind a value, with the blank before it; empty where there is none.
    public static func unit(_ metric: Metric) -> String {
        metric.isProportion ? " %" : metric.isDecibels ? " dB" : ""
    }

    /// A value without its unit: `98.6`, `1.921`, `equal` for an infinite ratio.
    public static func value(_ value: Double, _ metric: Metric) -> String {
        if metric.isDecibels, value == .infinity { return "equal" }
        return NumberText.fixed(metric.isProportion ? value * 100 : value, decimals(metric, value))
    }

    /// A change with its sign: `−0.4`.
    public static func difference(_ difference: Double, _ metric: Metric) -> String {
        let text = value(difference, metric)
        let isNothing = !text.contains { $0.isNumber && $0 != "0" }
        return isNothing ? value(0, metric) : difference > 0 ? "+" + text : text
    }

    /// Half the width of a figure's interval behind its sign, with as many digits as the figure has: `±0.3`; nil without one.
    public static func margin(_ figure: QualityFigure) -> String? {
        figure.telling.map { interval in
            let half = (interval.upperBound - interval.lowerBound) / 2
            return "±" + NumberText.fixed(figure.metric.isProportion ? half * 100 : half, decimals(figure.metric, figure.value))
        }
    }

    /// The ends of an interval: `98.3 … 98.9`.
    public static func interval(_ interval: ClosedRange<Double>, _ metric: Metric) -> String {
        "\(value(interval.lowerBound, metric)) … \(value(interval.upperBound, metric))"
    }

    /// Digits after the point; distances have no scale of their own, so they show three that count.
    private static func decimals(_ metric: Metric, _ value: Double) -> Int {
        switch metric {
        case .crossEntropy, .bitsPerCharacter, .structuralSimilarity: 3
        case .perplexity: 2
        case .frechetDistance, .frechetDistanceToReal: abs(value) < 1 ? 3 : abs(value) < 100 ? 2 : 1
        default: 1
        }
    }
}

extension QualityFigure {
    /// What a person may rely on to half a digit: the paired interval of the difference, or the value's own.
    var telling: ClosedRange<Double>? { differenceInterval ?? (original == nil ? interval : nil) }

    /// What was lost against the original; more is worse.
    public var harm: Double {
        switch metric {
        case .agreement: 1 - value
        case .signalToNoise: -value
        case .frechetDistance: value
        default: (metric.risesWithQuality ? -1 : 1) * (difference ?? 0)
        }
    }

    /// Whether the loss is more than chance.
    public var isLoss: Bool {
        guard harm > 0 else { return false }
        return differenceInterval.map { !$0.contains(0) } ?? true
    }

    /// The loss in a few characters: `−0.4`, or the decibels that are left.
    public var loss: String {
        switch metric {
        case .agreement: QualityText.difference(value - 1, metric)
        case .signalToNoise, .frechetDistance: QualityText.value(value, metric)
        default: QualityText.difference(difference ?? 0, metric)
        }
    }

    /// The change from another configuration's figure with its margin, as if both had been measured on samples of
    /// their own: `−0.4 ±0.6`; nil where they cannot be compared.
    public func change(from other: QualityFigure) -> (difference: Double, text: String)? {
        guard metric == other.metric, value.isFinite, other.value.isFinite else { return nil }
        let difference = (self.difference ?? value) - (other.difference ?? other.value)
        var text = QualityText.difference(difference, metric)
        if let mine = telling, let theirs = other.telling {
            let margin = hypot(mine.upperBound - mine.lowerBound, theirs.upperBound - theirs.lowerBound) / 2
            text += " ±" + QualityText.value(margin, metric)
        }
        return (difference, text)
    }
}
