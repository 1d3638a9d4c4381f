import Basics
import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork
import Recipes
import Synchronization

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
        let options = ReconstructionOptions(samples: rule.samples, ridge: rule.ridge, seed: rule.seed, feedback: rule.feedback)
        let inputs = try samples.fittedInputs(of: model)
        let weighs = rule.feedback && plans.contains(where: \.sharesOnGrid)
        // Looking at what the data says takes about a third of the time.
        let weighed = weighs ? 0.3 : 0
        let importance = weighs ? try importance(rule, inputs, cancellation) { progress(weighed * $0, "what the data says") } : nil
        var made = try Reconstructor(self, plans: plans, shapes: shapes, frozen: frozen, options: options, importance: importance)
            .run(on: inputs, cancellation: cancellation) { progress(weighed + (0.9 - weighed) * $0, $1) }
        let composer = Composer(made.model)
        var verdict: ReconstructionVerdict?
        if let inputs = try samples.judgingInputs(of: model) {
            progress(0.9, "judging")
            let comparison = try OutputComparison(model, on: inputs, cancellation: cancellation)
            let before = try comparison.signalToNoise(
                of: shapes.applied(made.asked, cancellation: cancellation), cancellation: cancellation)
            let fitted = try composer.compose(made.plans, patience: .thorough, cancellation: cancellation)
            let after = try comparison.signalToNoise(
                of: fitted.applied(made.plans, cancellation: cancellation), cancellation: cancellation)
            verdict = ReconstructionVerdict(samples: inputs.sampleCount, before: before, after: after)
        }
        made.seconds = start.duration(to: .now) / .seconds(1)
        return RecipeReconstruction(rule: rule, made: made, composer: composer, samples: samples, verdict: verdict)
    }

    /// How much errors cost; nil where the network cannot be run backwards.
    private func importance(
        _ rule: ReconstructRule, _ inputs: CalibrationInputs, _ cancellation: CancellationToken,
        progress: (Double) -> Void
    ) throws -> NetworkImportance? {
        do {
            return try withoutActuallyEscaping(progress) { progress in
                let relay = Relay(progress)
                return try NetworkImportance.measure(
                    model, on: inputs, seed: rule.seed, cancellation: cancellation, progress: { relay.tell($0) })
            }
        } catch is ImportanceError {
            return nil
        }
    }
}

/// Passes on what several threads tell to somebody who waits for them meanwhile, one at a time and nothing that is behind what was told.
///
/// Sendable because only one thread at a time, which has the lock, gets at the listener.
private final class Relay: @unchecked Sendable {
    private let listener: (Double) -> Void
    private let told = Mutex(0.0)

    init(_ listener: @escaping (Double) -> Void) { self.listener = listener }

    func tell(_ fraction: Double) {
        told.withLock { told in
            guard fraction > told else { return }
            told = fraction
            listener(fraction)
        }
    }
}

extension LayerPlan {
    /// Whether values on a grid are to be decided.
    fileprivate var sharesOnGrid: Bool { share?.method.isOnGrid == true || factors.values.contains { $0.share?.method.isOnGrid == true } }
}
