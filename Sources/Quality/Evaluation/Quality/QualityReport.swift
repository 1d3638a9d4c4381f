/// What is measured of a network's outputs.
public enum Metric: String, Sendable, Hashable, CaseIterable {
    /// Fraction of samples whose largest output is the label's.
    case topOne = "top1"
    /// Fraction of samples whose label is among the five largest outputs.
    case topFive = "top5"
    /// Mean negative natural logarithm of the probability given to the label.
    case crossEntropy = "cross_entropy"
    /// Mean negative binary logarithm of the probability given to the next symbol.
    case bitsPerCharacter = "bits_per_character"
    /// e to the cross-entropy of the next symbol.
    case perplexity
    /// Fraction of samples (or positions) at which the largest output is the original network's.
    case agreement = "top1_agreement"
    /// Power of the original's outputs over that of the difference, in dB; infinite where they are equal.
    case signalToNoise = "output_sqnr_db"
    /// Squared Fréchet distance between features of the original's images and the configuration's.
    case frechetDistance = "frechet_distance"
    /// The same from real images.
    case frechetDistanceToReal = "frechet_distance_to_real"
    /// Mean structural similarity of images at equal latents; 1 where they are equal.
    case structuralSimilarity = "ssim"
    /// Ratio of the values' range to the root mean squared error at equal latents, in dB; infinite where images are equal.
    case peakSignal = "psnr_db"
    /// Share of images among the original's, in a classifier's features.
    case precision
    /// Share of the original's images among the configuration's.
    case recall
    /// Share of images among real ones, and the reverse.
    case precisionToReal = "precision_to_real"
    case recallToReal = "recall_to_real"
    /// Fraction of latents of whose images a classifier says the same.
    case classifierAgreement = "classifier_agreement"

    /// Whether the metric is a fraction of samples, shown in percent.
    public var isProportion: Bool {
        switch self {
        case .topOne, .topFive, .agreement, .precision, .recall, .precisionToReal, .recallToReal, .classifierAgreement: true
        default: false
        }
    }

    /// Whether more is better.
    public var risesWithQuality: Bool { isProportion || isDecibels || self == .structuralSimilarity }

    /// Whether its mean depends on how many samples were looked at, rather than its spread alone.
    public var dependsOnSampleCount: Bool { self == .frechetDistance || self == .frechetDistanceToReal }

    /// Whether it is a ratio of powers in dB, infinite where nothing changed.
    public var isDecibels: Bool { self == .signalToNoise || self == .peakSignal }
}

/// One metric of a configuration, on the samples seen so far.
public struct QualityFigure: Sendable, Hashable {
    public var metric: Metric
    /// The original network's, on the same samples; nil for metrics that compare with it anyway.
    public var original: Double?
    public var value: Double
    /// The 95 % interval of `value` over samples like these: Wilson's for proportions, normal for means.
    public var interval: ClosedRange<Double>?
    /// The 95 % interval of `value − original` on the same samples (paired); nil without an original.
    public var differenceInterval: ClosedRange<Double>?

    /// `value − original`.
    public var difference: Double? { original.map { value - $0 } }

    public init(
        metric: Metric, original: Double?, value: Double, interval: ClosedRange<Double>? = nil,
        differenceInterval: ClosedRange<Double>? = nil
    ) {
        self.metric = metric
        self.original = original
        self.value = value
        self.interval = interval
        self.differenceInterval = differenceInterval
    }
}

/// What was measured of a configuration after one round of samples.
public struct QualityReport: Sendable, Hashable {
    /// How far one of the network's outputs is from the original's.
    public struct Output: Sendable, Hashable {
        public var name: String
        /// In dB; infinite where the outputs are equal.
        public var signalToNoise: Double

        public init(name: String, signalToNoise: Double) {
            self.name = name
            self.signalToNoise = signalToNoise
        }
    }

    /// The figure for the header: top-1, bits per character, or agreement.
    public var headline: QualityFigure
    public var others: [QualityFigure]
    public var outputs: [Output]
    /// By what images were judged; nil where there are none.
    public var critic: CriticNote?
    /// How well each class is told; nil where samples have no classes.
    public var classes: ClassTable?
    /// Samples (characters of a text) measured so far.
    public var samples: Int
    /// Samples there are.
    public var total: Int
    /// Samples that could not be read.
    public var skipped: Int
    /// What nobody gave of the inputs, and all figures rest on: `height = 224`.
    public var assumed: [String] = []
    /// How far each sample's answer is from the original's, in the units in which losses are predicted; of a text each stretch of a stream.
    /// Empty where it was not asked for (`Evaluator.Options.tellsDistances`).
    public var distances: [Double] = []

    /// Whether no more samples follow.
    public var isComplete: Bool { samples + skipped >= total }

    public init(
        headline: QualityFigure, others: [QualityFigure] = [], outputs: [Output] = [], critic: CriticNote? = nil,
        classes: ClassTable? = nil, samples: Int, total: Int, skipped: Int = 0
    ) {
        self.headline = headline
        self.others = others
        self.outputs = outputs
        self.critic = critic
        self.classes = classes
        self.samples = samples
        self.total = total
        self.skipped = skipped
    }
}
