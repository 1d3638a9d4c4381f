import Glibc

/// Counts how often a configuration's largest output is the original's, for data without labels.
public struct AgreementTally: Sendable, Hashable {
    public private(set) var count = 0
    private var agreements = 0

    public init() {}

    /// Adds samples: the original's predictions and the configuration's for the same ones.
    public mutating func add(original: some Collection<Int32>, changed: some Collection<Int32>) {
        precondition(original.count == changed.count, "\(original.count) and \(changed.count) samples are not the same")
        count += original.count
        agreements += zip(original, changed).count { $0 == $1 }
    }

    /// Adds what another tally counted of other samples.
    public mutating func merge(_ other: AgreementTally) {
        count += other.count
        agreements += other.agreements
    }

    /// Agreement, and nothing behind it.
    public func report() -> (headline: QualityFigure, others: [QualityFigure]) { (Self.figure(agreements, of: count), []) }

    /// The same under the name of another metric.
    func report(as metric: Metric) -> QualityFigure { Self.figure(agreements, of: count, metric) }

    static func figure(_ agreements: Int, of count: Int, _ metric: Metric = .agreement) -> QualityFigure {
        QualityFigure(
            metric: metric, original: nil, value: Double(agreements) / Double(max(count, 1)),
            interval: ProportionInterval.wilson(Double(agreements), of: Double(count)))
    }
}

/// Adds up the power of an output of the original, and that of what a configuration changes in it.
public struct SignalTally: Sendable, Hashable {
    private var signal = 0.0
    private var noise = 0.0

    public init() {}

    /// Adds values of the same output for the same samples.
    public mutating func add(original: UnsafeBufferPointer<Float>, changed: UnsafeBufferPointer<Float>) {
        precondition(original.count == changed.count, "\(original.count) and \(changed.count) outputs are not the same")
        var (signal, noise) = (0.0, 0.0)
        for index in original.indices {
            // What is no number in both has not changed.
            if original[index] == changed[index] || original[index].isNaN && changed[index].isNaN {
                if original[index].isFinite { signal += Double(original[index]) * Double(original[index]) }
                continue
            }
            let value = Double(original[index])
            let difference = Double(changed[index]) - value
            signal += value * value
            noise += difference * difference
        }
        self.signal += signal
        self.noise += noise
    }

    /// Adds what another tally added up of other samples.
    public mutating func merge(_ other: SignalTally) {
        signal += other.signal
        noise += other.noise
    }

    /// The signal-to-quantization-noise ratio in dB: infinite where nothing changed, minus infinity where the original is 0
    /// or an output is not a number.
    public var decibels: Double {
        if noise == 0 { return .infinity }
        let ratio = 10 * log10(signal / noise)
        return ratio.isNaN ? -.infinity : ratio
    }

    public var figure: QualityFigure { QualityFigure(metric: .signalToNoise, original: nil, value: decibels) }
}
