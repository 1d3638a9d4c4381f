import Basics
import Composition
import Datasets
import Evaluation
import Importance
import Recipes
import Workbench

/// What is found out of a network that was recovered.
extension Session {
    /// What measures on data that a network was not made from.
    func restMeter(behind network: RecoveredNetwork, of bench: Workbench) throws -> (any QualityMeter)? {
        guard let meters, let whole = bench.meter else { return nil }
        let draws = LearningRecord.draws(network.network.learned, from: try bench.data.open(for: bench.model))
        guard !draws.isEmpty else { return whole }
        return try bench.meter(behind: draws, of: bench.data) { try meters.openRest(bench.model, bench.data, draws).meter }
    }

    /// Predicts what each layer costs that a network holds, all others as they were.
    func predict(_ network: RecoveredNetwork, on bench: Workbench) {
        losses.submit(.predictRecovered, rank: 0, job: "predict the losses") { [self] token in
            guard let importance = bench.importance else { return }
            let found = try importance.layers.enumerated().map { layer, known in try known.flatMap { try network.learned.loss(layer, $0, token) } }
            post(.recoveryPredicted(network.number, found), from: bench)
        }
    }

    /// Measures layers that a network holds, one by one, all others as they were, on so many samples each.
    func measureEffects(of layers: [Int], in network: RecoveredNetwork, samples: Int, on bench: Workbench) {
        quality.append(
            layers.map { layer in
                { [self] run in
                    // What goes wrong here was told where the network was measured.
                    guard let known = bench.importance?.layers[layer], let meter = try? restMeter(behind: network, of: bench),
                        let model = try? network.learned.alone(layer, known, run.token)
                    else { return }
                    let alone = Configuration(restructured: RestructuredModel(model: model, identity: network.identity(ofLayer: layer)))
                    try? meter.measureKnowingly(alone, focus: nil, cancellation: run.token) { report in
                        guard report.samples >= samples || report.isComplete else { return }
                        let effect = Quality.LayerEffect(figure: report.headline, samples: report.samples)
                        post(.recoveryEffect(network.number, layer: layer, effect), from: bench)
                        run.token.cancel()
                    }
                }
            })
    }
}

extension RecoveredNetwork {
    init(
        _ request: RecoveryRequest, _ network: RecipeNetwork, rule: ReconstructRule?, basis: String, on bench: Workbench,
        _ token: CancellationToken?
    ) throws {
        let data = bench.data
        let estimate = try network.estimate()
        let tensors = estimate.layers.map(\.figures)
        let shapes = try bench.composer.compose(request.plans, patience: .thorough, cancellation: token)
        let learned = try LearnedLayers(of: network, in: shapes, cancellation: token)
        self.init(
            number: request.number, kind: request.kind, plans: request.plans, rule: rule, network: network,
            byteCount: estimate.account.compressedByteCount, layers: try learned.figures(tensors, token).map { RecoveredLayer(figures: $0) },
            tensors: tensors, learned: learned, basis: basis)
        guard let all = try data.open(for: network.original) else { return }
        let draws = LearningRecord.draws(network.learned, from: all)
        guard !draws.isEmpty else { return }
        let rest = all.rest(behind: draws)
        measuredOn = rest.map { "the \(NumberText.grouped($0.drawableCount)) others of \(all.name)" } ?? "the samples it learned from: there are no others"
    }

    /// What is to be run.
    func configuration(cancellation: CancellationToken) throws -> Configuration {
        try network.measurable(number: number, cancellation: cancellation).measurable.configuration
    }

    /// Of the opened model with one layer as the network holds it: no other model that is run has it.
    func identity(ofLayer layer: Int) -> Int { -(number + (layer + 1) << 32) }
}
