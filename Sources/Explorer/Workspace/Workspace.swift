import Compression
import NeuralNetwork

/// An open model with the plans a person is trying on it.
public struct Workspace: Sendable {
    public let model: Model
    /// The path the model was opened from, or a demo's name.
    public let path: String
    public let isDemo: Bool
    public var recipePath: String?

    /// One plan a layer, in the order of `model.layers`.
    public private(set) var plans: [LayerPlan]
    /// The plans as they were last read or written.
    public var savedPlans: [LayerPlan]
    public private(set) var statuses: [LayerStatus]
    var history = History()
    public internal(set) var pin: Pin?
    public internal(set) var totals: Totals
    public internal(set) var quality: Quality

    /// Index of the layer on screen.
    public internal(set) var selected = 0
    public internal(set) var marked: Set<Int> = []
    public internal(set) var order = LayerOrder() { didSet { updateRows() } }
    /// The layers that the table lists, by index.
    public private(set) var rows: [Int] = []
    /// First of `rows` that the table shows.
    public internal(set) var firstRow = 0

    public internal(set) var pane = Pane.layers
    public internal(set) var isEnlarged = false
    public internal(set) var control = Control.prune
    public internal(set) var unit = PruneUnit.sparsity

    /// The weights that the histogram shows; nil for all.
    public internal(set) var range: ClosedRange<Double>?
    public internal(set) var isLog = false
    public internal(set) var region = MapRegion(rows: 0..<0, columns: 0..<0)
    /// The newest picture; it may be of another layer or an older plan until the next one is there.
    public internal(set) var picture: Picture?

    public init(_ opened: OpenedModel) {
        model = opened.model
        path = opened.path
        isDemo = opened.isDemo
        recipePath = opened.recipePath
        plans = opened.plans
        savedPlans = opened.plans
        statuses = zip(opened.model.layers, opened.plans).map { layer, plan in
            LayerStatus(before: plan, of: layer, in: opened.model)
        }
        totals = Totals(originalByteCount: opened.model.fileByteCount, compressedByteCount: opened.model.fileByteCount, isExact: false,
            unprepared: 0)
        quality = Quality(data: opened.data)
        quality.reason = opened.unmeasured
        if !model.layers.isEmpty { region = MapRegion(all: model.layers[0].matrix) }
        updateRows()
        updateTrust()
    }

    public var hasUnsavedChanges: Bool { plans != savedPlans }

    /// The layer on screen; nil in a model without layers.
    public var layer: Layer? { model.layers.indices.contains(selected) ? model.layers[selected] : nil }
    public var plan: LayerPlan { plans.indices.contains(selected) ? plans[selected] : LayerPlan() }
    public var status: LayerStatus? { statuses.indices.contains(selected) ? statuses[selected] : nil }

    /// The picture, where it shows the layer on screen.
    public var currentPicture: Picture? { picture?.request.layer == selected ? picture : nil }

    /// Whether the picture shows the plan in force.
    public var isPictureFresh: Bool { currentPicture?.generation == status?.generation }

    /// What the controls need to know of the layer on screen.
    public var controlContext: ControlContext {
        guard let status else { return ControlContext(unit: unit) }
        return ControlContext(
            unit: unit, scale: status.scale, sparsity: status.figures.sparsity, threshold: status.figures.threshold)
    }

    /// Puts plans in force without a trace in the history, and asks for their figures.
    mutating func setPlans(_ changes: [Int: LayerPlan]) -> [CountRequest] {
        var requests: [CountRequest] = []
        for (layer, plan) in changes.sorted(by: { $0.key < $1.key }) where plans[layer] != plan {
            plans[layer] = plan
            statuses[layer].generation += 1
            if statuses[layer].isReady {
                statuses[layer].freshness = .stale
                requests.append(
                    CountRequest(layer: layer, plan: plan, generation: statuses[layer].generation))
            } else {
                statuses[layer].guess(plan, of: model.layers[layer], in: model)
            }
        }
        return requests
    }

    /// Takes the tables of a layer as ready, and asks for its figures.
    mutating func prepared(_ layer: Int, _ scale: LayerScale) -> CountRequest {
        statuses[layer].preparation = .ready(scale)
        return CountRequest(layer: layer, plan: plans[layer], generation: statuses[layer].generation)
    }

    mutating func refuse(_ layer: Int, reason: String) {
        statuses[layer].preparation = .refused(reason: reason)
        statuses[layer].guess(plans[layer], of: model.layers[layer], in: model)
    }

    /// Takes a new picture, with the figures it was drawn from.
    mutating func take(_ picture: Picture) {
        guard statuses.indices.contains(picture.request.layer) else { return }
        self.picture = picture
        take(picture.figures, of: picture.request.layer, generation: picture.generation)
    }

    /// A name for a recipe beside the model: `googlenet.yaml`.
    var suggestedRecipeName: String {
        let name = model.name.split(separator: ".").first.map(String.init) ?? "recipe"
        return isDemo ? name + ".yaml" : String(path.dropLast(fileName(path).count)) + name + ".yaml"
    }

    mutating func setPreparation(_ preparation: LayerStatus.Preparation, of layer: Int) {
        statuses[layer].preparation = preparation
    }

    /// Takes figures that belong to the plan in force; older ones are dropped.
    mutating func take(_ figures: LayerFigures, of layer: Int, generation: Int) {
        guard statuses[layer].generation == generation else { return }
        var figures = figures
        if plans[layer].isIdentity {
            // A layer without a plan has no entry of its own in the file.
            let stored = LayerFigures.asStored(model.tensors[model.layers[layer].weight].tensor)
            figures.account = stored.account
            figures.stages = stored.stages
        }
        let isExact = figures.exactness == .exact
        guard isExact || statuses[layer].freshness != .exact else { return }
        statuses[layer].figures = figures
        statuses[layer].freshness = isExact ? .exact : .estimated
    }

    /// Rebuilds the list of rows, keeping the selection where it is still listed.
    mutating func updateRows() {
        rows = order.rows(of: model, statuses: statuses) { layer in
            quality.effect(of: layer, under: plans[layer])?.figure.harm ?? -.infinity
        }
    }

    /// What the whole file's size is to be worked out from.
    var totalsRequest: TotalsRequest {
        TotalsRequest(
            plans: plans,
            accounts: zip(plans, statuses).map { $0.isIdentity || $1.isRefused ? nil : $1.figures.account })
    }

    /// Takes the whole file's size; whether it is exact is for the layers to say.
    mutating func takeTotals(byteCount: Int) {
        totals.compressedByteCount = byteCount
        updateTrust()
    }

    /// Brings up to date how far the totals can be trusted.
    mutating func updateTrust() {
        totals.isExact = statuses.allSatisfy { $0.freshness == .exact }
        totals.unprepared = statuses.reduce(0) { $0 + ($1.isPending ? 1 : 0) }
    }
}
