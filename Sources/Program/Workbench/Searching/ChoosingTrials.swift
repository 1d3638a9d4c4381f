import Basics
import Composition
import Compression
import Datasets
import Evaluation
import NeuralNetwork
import Search

/// Runs configurations on the samples that are there to choose by.
struct ChoosingTrials: SearchTrials {
    private let composer: Composer
    private let few: Evaluator
    private let all: Evaluator

    /// - Throws: where the network cannot be run or the data does not fit it.
    init(_ composer: Composer, _ data: DataSet?, _ samples: SearchSamples) throws {
        self.composer = composer
        let chosen = samples.choosing.flatMap { places in data?.drawn(places, seed: 0) }
        func evaluator(_ count: Int) throws -> Evaluator {
            var options = Evaluator.Options()
            options.tellsDistances = true
            // What random inputs are judged by in the end has seed 0.
            options.seed = 1
            if case .text = chosen?.content { options.sampleLimit = count * TokenText.windowLength } else { options.sampleLimit = count }
            return try Evaluator(composer.model, data: chosen, options: options)
        }
        few = try evaluator(samples.trial.few)
        all = try evaluator(samples.trial.all)
    }

    func measure(_ plans: [LayerPlan], on samples: TrialSamples, cancellation: CancellationToken) throws -> QualityReport {
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        let configuration = try Measurable(plans, shapes, cancellation: cancellation) { composer.refuse($0, reason: message(for: $1)) }.configuration
        return try measure(configuration, on: samples, cancellation: cancellation)
    }

    /// Times the original network and a configuration turn by turn, in seconds a sample.
    func time(_ plans: [LayerPlan], cancellation: CancellationToken) throws -> (original: Double, changed: Double) {
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        let configuration = try Measurable(plans, shapes, cancellation: cancellation) { composer.refuse($0, reason: message(for: $1)) }.configuration
        return try few.time(configuration, turns: 15, cancellation: cancellation)
    }

    /// Runs what is there to be run.
    func measure(_ configuration: Configuration, on samples: TrialSamples, cancellation: CancellationToken) throws -> QualityReport {
        var last: QualityReport?
        try (samples == .few ? few : all).measure(configuration, cancellation: cancellation) { last = $0 }
        guard let last else { throw EvaluationError("there are no samples to choose by") }
        return last
    }
}
