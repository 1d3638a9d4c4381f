import Basics
import Compression
import Evaluation
import Foundation
import NeuralNetwork
import Synchronization

@testable import Explorer
@testable import Workbench

/// Measures by a rule that tests can foretell: every weight that a plan drops costs a little accuracy.
final class FakeMeter: QualityMeter {
    /// One call of `measure`.
    struct Call: Sendable {
        var layers: [Int]
        var focus: Int?
        var rounds: [Int]
        var wasCancelled: Bool
        var isRestructured = false
    }

    static let original = 0.989
    static let total = 10_000
    let rounds = [64, 256, 1_024, 4_096, 10_000]
    let skipped: Int
    let metric: Metric
    /// Held by a test, so that a measurement stops after its first round until it is let go.
    let gate = Gate()
    /// Held by a test, so that a measurement does not begin.
    let entrance = Gate()
    private let log = Mutex<[Call]>([])
    private let preparations = Mutex<[Int]>([])

    private let failsOnChanges: Bool

    init(metric: Metric = .topOne, skipped: Int = 0, failsOnChanges: Bool = false) {
        self.failsOnChanges = failsOnChanges
        self.metric = metric
        self.skipped = skipped
    }

    var calls: [Call] { log.withLock { $0 } }
    /// The layers that were prepared for.
    var prepared: [Int] { preparations.withLock { $0 } }

    func prepare(
        _ configuration: Configuration, focus: Int, cancellation: CancellationToken,
        isWanted: @escaping @Sendable () -> Bool
    ) throws {
        if isWanted() { preparations.withLock { $0.append(focus) } }
    }

    func time(
        _ configuration: Configuration, turns: Int, cancellation: CancellationToken
    ) throws -> (original: Double, changed: Double) { (0.002, 0.001) }

    /// A session's source that gives this meter whatever the data, but fails on data called `bad`.
    var source: MeterSource {
        MeterSource { model, data in
            if let path = data.path, path.hasSuffix("bad.npz") {
                throw EvaluationError("bad.npz holds 3·32·32, \(model.name) takes 1·28·28")
            }
            return MeterSource.Opened(meter: self, dataName: data.path.map(fileName) ?? "random inputs")
        }
    }

    /// The accuracy lost: a thousandth for each percent of a layer's weights that is zero.
    static func loss(_ replaced: [Int: ReplacedWeights]) -> Double {
        replaced.values.reduce(0) { sum, weights in
            let zeros = weights.tensor.storage.withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: UInt32.self) { $0.reduce(0) { $0 + ($1 == 0 ? 1 : 0) } }
            }
            return sum + 0.1 * Double(zeros) / Double(max(1, weights.tensor.count))
        }
    }

    func measure(
        _ configuration: Configuration, focus: Int?, cancellation: CancellationToken,
        progress: (QualityReport) -> Void
    ) throws {
        let replaced = configuration.replaced
        var seen: [Int] = []
        defer {
            let call = Call(
                layers: replaced.keys.sorted(), focus: focus, rounds: seen, wasCancelled: cancellation.isCancelled,
                isRestructured: configuration.restructured != nil)
            log.withLock { $0.append(call) }
        }
        if failsOnChanges, !replaced.isEmpty { throw EvaluationError("the disk is on fire") }
        entrance.pass(cancellation)
        let loss = Self.loss(replaced)
        for samples in rounds {
            try cancellation.check()
            seen.append(samples)
            progress(report(loss, samples))
            gate.pass(cancellation)
        }
    }

    private func report(_ loss: Double, _ samples: Int) -> QualityReport {
        let value = Self.original - loss
        let margin = 1 / Double(samples).squareRoot()
        let isPaired = metric == .topOne
        return QualityReport(
            headline: QualityFigure(
                metric: metric, original: isPaired ? Self.original : nil, value: isPaired ? value : 1 - loss,
                interval: value - margin...value + margin,
                differenceInterval: isPaired ? -loss - margin / 2 ... -loss + margin / 2 : nil),
            others: [
                QualityFigure(metric: .agreement, original: nil, value: 1 - loss, interval: 1 - loss - margin...1),
                QualityFigure(metric: .signalToNoise, original: nil, value: loss == 0 ? .infinity : -10 * log10(loss)),
            ],
            outputs: [QualityReport.Output(name: "logits", signalToNoise: loss == 0 ? .infinity : -10 * log10(loss))],
            samples: samples == Self.total ? Self.total - skipped : samples, total: Self.total, skipped: skipped)
    }
}

/// A gate that a test closes and opens; who waits at it goes on when it opens or when the token is cancelled.
final class Gate: Sendable {
    private let isClosed = Mutex(false)

    func close() { isClosed.withLock { $0 = true } }
    func open() { isClosed.withLock { $0 = false } }

    func pass(_ token: CancellationToken) {
        while isClosed.withLock({ $0 }), !token.isCancelled { usleep(500) }
    }
}
