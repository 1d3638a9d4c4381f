import Basics
import Composition
import Compression
import Importance

/// What may go of a layer by one stage until a loss is reached.
public struct StageLimit: Sendable {
    public let stage: SearchStage
    /// The loss that is allowed, in the unit of predicted ones.
    public let loss: Double
    /// The cheapest option that is expected to cost no more, by this stage alone; nil where each costs more.
    public let plan: LayerPlan?
    /// Bytes of the layer's weights under it.
    public let byteCount: Int
    /// What it is expected to cost.
    public let predicted: Double
}

/// What a layer can lose.
public struct LayerSensitivity: Sendable {
    /// Number of the layer in the opened model.
    public let layer: Int
    /// Bytes of its weights as they are stored.
    public let byteCount: Int
    /// Why the data says nothing of it; nil where it does.
    public let reason: String?
    /// The options by each stage alone, as bytes and loss, from the largest to the smallest.
    public fileprivate(set) var curves: [SearchStage: [(plan: LayerPlan, byteCount: Int, loss: Double)]]

    /// What may go by a stage until a loss is reached.
    public func limit(_ stage: SearchStage, losing loss: Double) -> StageLimit {
        let allowed = (curves[stage] ?? []).filter { $0.loss <= loss }
        let best = allowed.min { ($0.byteCount, $0.loss) < ($1.byteCount, $1.loss) }
        return StageLimit(stage: stage, loss: loss, plan: best?.plan, byteCount: best?.byteCount ?? byteCount, predicted: best?.loss ?? 0)
    }
}

extension LayerSensitivity {
    /// What each layer can lose by each of some stages alone.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read.
    public static func all(
        of composer: Composer, _ importance: NetworkImportance, stages: Set<SearchStage>, cancellation: CancellationToken,
        progress: @escaping @Sendable (Double, SearchStage) -> Void
    ) throws -> [LayerSensitivity] {
        let units = SearchUnit.all(of: composer.model)
        var layers = units.map { unit in
            let layer = unit.layers[0]
            return LayerSensitivity(
                layer: layer, byteCount: composer.weights(of: layer).byteCount, reason: importance.reasons[layer], curves: [:])
        }
        for stage in stages.sorted() {
            guard stage != .filters else {
                let curves = try FilterCurves(composer, importance, cancellation) { progress($0, stage) }.curves
                for index in layers.indices { layers[index].curves[stage] = curves[layers[index].layer] }
                continue
            }
            try composer.know(importance, for: [stage], cancellation)
            let table = try OptionTable(composer, importance, SearchScope(of: composer.model), stages: [stage], cancellation: cancellation) {
                progress($0, stage)
            }
            for index in layers.indices {
                layers[index].curves[stage] = table.options[index].dropFirst().map { ($0.plan, $0.byteCount, $0.loss) }
                    .sorted { ($0.byteCount, $0.loss) > ($1.byteCount, $1.loss) }
            }
        }
        return layers
    }
}

extension Composer {
    /// Takes what the data says, for the stages that choose by it.
    func know(_ importance: NetworkImportance, for stages: Set<SearchStage>, _ cancellation: CancellationToken) throws {
        guard stages.contains(.ranks) else { return }
        let split = Array(repeating: LayerPlan(factorize: .energy(0.9, norm: .data)), count: model.layers.count)
        try measureData(for: split, on: nil, importance: importance, cancellation: cancellation)
    }
}
