import Basics
import Composition
import Compression
import Evaluation
import NeuralNetwork
import Recipes

/// What came of the reconstruction that a recipe asks for.
public struct RecipeReconstruction: Sendable {
    public var rule: ReconstructRule
    public var made: ReconstructedModel
    /// Works out what the fitted model's plans make of it.
    public var composer: Composer
    public var samples: CalibrationSamples
    /// Nil where there were no samples to judge by.
    public var verdict: ReconstructionVerdict?

    /// Whether the fitted network takes the place of the one that was not.
    public var isUsed: Bool { verdict?.isWorse != true }
}

extension Composer {
    /// Applies plans, fits what is left to the original's outputs, and judges whether that helped. Layers that a recipe ignores stay.
    /// The same rule, plans and samples give the same bytes, on however many threads.
    ///
    /// Criteria that look at activations must have been measured before.
    ///
    /// - Throws: `Cancelled`, a `ReconstructionError`, or where a network cannot be run.
    public func reconstruct(
        _ rule: ReconstructRule, _ plans: [LayerPlan], on samples: CalibrationSamples,
        cancellation: CancellationToken = CancellationToken(), progress: (Double, String) -> Void = { _, _ in }
    ) throws -> RecipeReconstruction {
        guard model.graph != nil else { throw ReconstructionError.noGraph(model: model.name) }
        let start = ContinuousClock.now
        let shapes = try compose(plans, patience: .thorough, cancellation: cancellation)
        let frozen = Set(plans.indices.filter { plans[$0] == Recipe.ignoredPlan })
        let options = ReconstructionOptions(samples: rule.samples, ridge: rule.ridge, seed: rule.seed)
        var made = try Reconstructor(self, plans: plans, shapes: shapes, frozen: frozen, options: options)
            .run(on: samples.fittedInputs(of: model), cancellation: cancellation) { progress(0.9 * $0, $1) }
        let composer = Composer(made.model)
        var verdict: ReconstructionVerdict?
        if let inputs = try samples.judgingInputs(of: model) {
            progress(0.9, "judging")
            let comparison = try OutputComparison(model, on: inputs, cancellation: cancellation)
            let before = try comparison.signalToNoise(
                of: shapes.applied(plans, cancellation: cancellation), cancellation: cancellation)
            let fitted = try composer.compose(made.plans, patience: .thorough, cancellation: cancellation)
            let after = try comparison.signalToNoise(
                of: fitted.applied(made.plans, cancellation: cancellation), cancellation: cancellation)
            verdict = ReconstructionVerdict(samples: inputs.sampleCount, before: before, after: after)
        }
        made.seconds = start.duration(to: .now) / .seconds(1)
        return RecipeReconstruction(rule: rule, made: made, composer: composer, samples: samples, verdict: verdict)
    }
}
