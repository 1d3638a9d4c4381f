import Compression
import Importance

/// What the plans of layers are expected to cost in loss, as far as it is known.
struct LossScreen: Sendable {
    /// By layer; nil where the data says nothing of it. Empty until it was looked at.
    var curves: [LossCurve?] = []
    /// Whether the network was run on random inputs, for want of data.
    var isRandom = false
    /// Whether the answers are numbers rather than scores of classes.
    var isOfNumbers = false
    /// By layer the newest exact prediction, with the generation of the plan that it is of.
    var exact: [Int: (loss: PredictedLoss, generation: Int)] = [:]
    /// The generations that exact predictions were asked for.
    var asked: [Int: Int] = [:]
    /// The recovered network whose layers' losses were asked for.
    var askedRecovered: RecoveredNetwork?
    /// By slider what places along its track lose, of the layer that was last on screen; and what of that was asked for.
    var tracks: [Control: TrackLosses] = [:]
    var askedTracks: [Track] = []
    /// How much of the data was looked at; nil where that is not under way.
    var weighing: Double?
}

/// A layer whose predicted loss is wanted exactly.
public struct LossRequest: Sendable, Hashable {
    var count: CountRequest
    /// The squared error that it is noted by.
    var error: Double
}

extension Workspace {
    /// What the layer's plan is expected to cost by itself; `isExact` where its weights were looked at for it. Nil where nothing is known, or
    /// nothing changed.
    func loss(of layer: Int) -> (value: PredictedLoss, isExact: Bool)? {
        guard losses.curves.indices.contains(layer), let curve = losses.curves[layer], case let status = statuses[layer],
            status.figures.squaredError > 0
        else { return nil }
        if let exact = losses.exact[layer], exact.generation == status.generation { return (exact.loss, true) }
        return (curve.loss(error: status.figures.squaredError, of: plans[layer]), false)
    }

    /// Takes what the data says of the layers.
    mutating func take(_ importance: NetworkImportance) {
        losses = LossScreen()
        losses.curves = importance.layers.map { $0.map { LossCurve(lossPerError: $0.lossPerError) } }
        losses.isRandom = importance.isRandom
        losses.isOfNumbers = importance.answer.form == .numbers
    }

    /// Takes an exact prediction.
    mutating func take(_ loss: PredictedLoss, of request: LossRequest) {
        let (layer, generation) = (request.count.layer, request.count.generation)
        guard losses.curves.indices.contains(layer) else { return }
        losses.curves[layer]?.add(loss, error: request.error, of: request.count.plan)
        if statuses[layer].generation == generation { losses.exact[layer] = (loss, generation) }
    }

    /// Asks for the exact predictions of layers whose figures came to rest.
    mutating func askForLosses() -> [ModelEffect] {
        guard isComposed, !losses.curves.isEmpty else { return [] }
        var effects: [ModelEffect] = []
        if let recovered, losses.askedRecovered != recovered {
            losses.askedRecovered = recovered
            effects.append(.predictRecovered(recovered))
        }
        var requests: [LossRequest] = []
        for (layer, status) in statuses.enumerated() {
            guard losses.curves[layer] != nil, status.freshness == .exact, status.figures.squaredError > 0,
                losses.asked[layer] != status.generation
            else { continue }
            losses.asked[layer] = status.generation
            let count = CountRequest(layer: layer, plan: plans[layer], shapes: shapes, generation: status.generation)
            requests.append(LossRequest(count: count, error: status.figures.squaredError))
        }
        return requests.isEmpty ? effects : effects + [.predict(requests)]
    }
}
