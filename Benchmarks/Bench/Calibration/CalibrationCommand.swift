import ArgumentParser
import Basics
import Composition
import Compression
import Evaluation
import Foundation
import Glibc
import Importance
import ModelFormats
import NeuralNetwork
import Workbench

/// Measures random configurations, and holds what was predicted of them against it.
struct CalibrationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibration", abstract: "Predict and measure random configurations: one line of JSON each.")

    @Argument var model: String
    @Option var data: String?
    @Option var count = 500
    @Option var seed: UInt64 = 1
    @Option(help: "Samples that are measured.")
    var samples: Int?

    func run() throws {
        let opened = try ModelFile.open(path: model)
        let choice = DataChoice(path: data)
        let composer = Composer(opened)
        let set = try choice.open(for: opened)
        let importance = try NetworkImportance.measure(opened, on: NetworkImportance.inputs(of: opened, from: set))
        var options = Evaluator.Options()
        options.sampleLimit = samples
        let evaluator = try Evaluator(opened, data: set?.inputs(of: opened), options: options)
        try evaluator.measure(Configuration(), cancellation: CancellationToken()) { _ in }
        guard let table = evaluator.margins() else { throw BenchmarkFailure("nothing can be told of \(model)") }
        let general = Forecaster(table)
        var session = general
        var random = SeededRandom(seed: seed)
        for _ in 0..<count {
            let wanted = exp(Double.random(in: log(0.001)...log(2), using: &random))
            let made = try RandomConfiguration(of: composer, importance, losing: wanted, random: &random)
            let shapes = try composer.compose(made.plans, patience: .thorough)
            var predicted = PredictedConfiguration()
            for (layer, loss) in made.losses.enumerated() where loss != nil { predicted.add(loss, of: layer, under: made.plans[layer]) }
            var report: QualityReport?
            try evaluator.measure(try Measurable(made.plans, shapes).configuration, cancellation: CancellationToken()) { report = $0 }
            let begun = ContinuousClock.now
            let foretold = session.forecast(predicted)
            let asking = begun.duration(to: .now) / .seconds(1)
            guard let report, let alone = general.forecast(predicted), let known = foretold,
                let value = ([report.headline] + report.others).first(where: { $0.metric == table.metric })?.value, predicted.loss > 0
            else { continue }
            let learning = ContinuousClock.now
            session.learn(ForecastObservation(predicted, measured: value))
            let row: [String: Any] = [
                "metric": table.metric.rawValue, "original": table.original.isFinite ? table.original as Any : NSNull(), "measured": value,
                "losses": made.losses.map { $0?.value ?? 0 },
                "kinds": made.plans.map { ($0.prune == nil ? 0 : 1) + ($0.share == nil ? 0 : 2) + ($0.factorize == nil ? 0 : 4) },
                "loss": predicted.loss, "samples": report.samples, "asking_s": asking,
                "learning_s": learning.duration(to: .now) / .seconds(1),
                "general": [alone.value, alone.interval.lowerBound, alone.interval.upperBound],
                "session": [known.value, known.interval.lowerBound, known.interval.upperBound],
            ]
            print(String(decoding: try JSONSerialization.data(withJSONObject: row, options: .sortedKeys), as: UTF8.self))
            fflush(nil)
        }
    }
}
