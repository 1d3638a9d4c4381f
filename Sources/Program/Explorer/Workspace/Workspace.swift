import Basics
import Composition
import Compression
import Evaluation
import Factorization
import NeuralNetwork
import Recipes
import Reports
import Search
import Structure

/// An open model with the plans a person is trying on it.
public struct Workspace: Sendable {
    /// To which all work belongs that is asked for here.
    public let open: OpenModel
    @Boxed public private(set) var model: Model
    /// The layers' names as the table shows them.
    @Boxed private(set) var layerNames: LayerNames
    /// The path the model was opened from, or a demo's name.
    public let path: String
    public let isDemo: Bool
    /// Which channels go together.
    @Boxed public private(set) var channels: ChannelAnalysis
    /// By layer, why it cannot be split into factors; nil where it can.
    public let factorObstacles: [String?]
    let layouts: [KernelLayout?]
    /// Whether it is a generator of images.
    let makesImages: Bool
    public var recipePath: String?
    /// The digest of the recipe's text as it was last read or written.
    var recipeDigest: String?

    /// One plan a layer, in the order of `model.layers`.
    public private(set) var plans: [LayerPlan]
    /// The plans as they were last read or written.
    public var savedPlans: [LayerPlan]
    public internal(set) var statuses: [LayerStatus]
    /// The model in the shapes of a configuration: that in force, or the one before it until it is worked out.
    public internal(set) var shapes: ComposedModel
    /// The stages of shape that `shapes` is of.
    var composedStages: [LayerPlan]
    @Boxed var history = History()
    /// What was asked of the background.
    @Boxed var asked = AskedWork()
    /// Of configurations that were found.
    @Boxed var origins: [Origin] = []
    /// What to do once the unsaved changes are saved.
    var afterSaving: Intention?
    /// What is to be asked, the oldest first.
    var questions: [Question] = []
    /// The unsaved changes that a person gave up.
    var discarded: (plans: [LayerPlan], rule: ReconstructRule?)?
    @Boxed public internal(set) var pin: Pin? = nil
    public internal(set) var totals: Totals
    @Boxed public internal(set) var quality: Quality
    @Boxed public internal(set) var recovery: Recovery
    @Boxed public internal(set) var samples = SamplesScreen()
    @Boxed var losses = LossScreen()
    @Boxed var tradeoff = Tradeoff()
    @Boxed public internal(set) var search: SearchRun? = nil
    /// Searches that were begun.
    var searchCount = 0
    @Boxed var sensitivity = SensitivityFindings()
    @Boxed var forecasts = Forecasts()
    /// What a person wants to reach.
    public internal(set) var target: SearchBudget?

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
    /// Whether the map shows how far recovery moved values, where it did, rather than what is left.
    public internal(set) var showsMoves = true
    /// Whether the pictures show spectra and energies in place of weights.
    public internal(set) var showsFactors = false
    /// By what a person wants ranks judged; nil for the data where it says something of the layer.
    var wantedNorm: ErrorNorm?
    /// Which of the tensors in the layer's place is drawn.
    public internal(set) var part = 0
    /// Why the spectra of layers cannot be had.
    var undecomposed: [Int: String] = [:]
    /// What a sample takes, of the configuration that was last timed.
    public internal(set) var timing: Timing?

    /// The weights that the histogram shows; nil for all.
    public internal(set) var range: ClosedRange<Double>?
    public internal(set) var isLog = false
    public internal(set) var region = MapRegion(rows: 0..<0, columns: 0..<0)
    /// The newest picture; it may be of another layer or an older plan until the next one is there.
    @Boxed public internal(set) var picture: Picture? = nil

    public init(_ opened: OpenedModel) {
        open = opened.open
        model = opened.model
        layerNames = LayerNames(opened.model.layers.map(\.name))
        channels = opened.channels
        factorObstacles = opened.factorObstacles
        layouts = opened.layouts
        makesImages = GeneratorForm(opened.model) != nil
        shapes = opened.shapes
        composedStages = opened.plans.map { _ in LayerPlan() }
        path = opened.path
        isDemo = opened.isDemo
        recipePath = opened.recipePath
        recipeDigest = opened.recipeDigest
        plans = opened.plans
        savedPlans = opened.plans
        statuses = zip(opened.model.layers, opened.plans).map { layer, plan in
            LayerStatus(before: plan, of: layer, in: opened.model)
        }
        totals = Totals(
            originalByteCount: opened.model.fileByteCount, compressedByteCount: opened.model.fileByteCount, isExact: false,
            unprepared: 0)
        quality = Quality(data: opened.data)
        recovery = Recovery(rule: opened.reconstruct)
        if let words = opened.found { origins = [Origin(plans: plans, rule: opened.reconstruct, words: words)] }
        quality.reason = opened.unmeasured
        if !model.layers.isEmpty { region = MapRegion(all: model.layers[0].matrix) }
        updateRows()
        updateTrust()
    }

    public var hasUnsavedChanges: Bool { plans != savedPlans || recovery.rule != recovery.savedRule }

    /// Whether there are changes that nobody saved, nor gave up.
    var hasWorkToKeep: Bool { hasUnsavedChanges && !(discarded?.plans == plans && discarded?.rule == recovery.rule) }

    /// Takes the next question to ask, where there is one; work is not offered over changes that were made since.
    mutating func nextQuestion() -> Question? {
        while !questions.isEmpty {
            let question = questions.removeFirst()
            if case .restore = question, hasUnsavedChanges { continue }
            return question
        }
        return nil
    }

    /// Goes on with the work of the same model opened before.
    mutating func continueWork(of before: Workspace) {
        savedPlans = before.savedPlans
        (recipePath, recipeDigest) = (before.recipePath, before.recipeDigest)
        recovery = Recovery(continuing: before.recovery)
        history = before.history
        origins = before.origins
        history.endDrag()
        marked = before.marked
        order = before.order
        control = before.control
        unit = before.unit
        target = before.target
    }

    /// The layer on screen; nil in a model without layers.
    public var layer: Layer? { model.layers.indices.contains(selected) ? model.layers[selected] : nil }
    public var plan: LayerPlan { plans.indices.contains(selected) ? plans[selected] : LayerPlan() }
    /// Where the layer on screen stands, with the figures of the network in force.
    public var status: LayerStatus? { statuses.indices.contains(selected) ? statusInForce(selected) : nil }

    /// The picture, where it shows the layer on screen.
    public var currentPicture: Picture? { picture?.request.subject.layer == selected ? picture : nil }

    /// Whether the picture shows the plan in force.
    public var isPictureFresh: Bool {
        currentPicture.map { $0.request.plan == plan && $0.request.subject == subject && $0.request.aim.recovered == recovered } ?? false
    }

    /// Puts plans in force without a trace in the history; their figures are asked for by `settle`.
    mutating func setPlans(_ changes: [Int: LayerPlan]) {
        for (layer, plan) in changes where plans[layer] != plan {
            plans[layer] = plan
            statuses[layer].generation += 1
            if statuses[layer].isReady {
                statuses[layer].freshness = .stale
            } else {
                statuses[layer].guess(plan, of: model.layers[layer], in: model)
            }
        }
        totalsChanged()
    }

    /// Takes the tables of a layer as ready.
    mutating func prepared(_ layer: Int, _ scale: LayerScale) {
        statuses[layer].preparation = .ready(scale)
        totalsChanged()
    }

    mutating func refuse(_ layer: Int, reason: String) {
        statuses[layer].preparation = .refused(reason: reason)
        statuses[layer].guess(plans[layer], of: model.layers[layer], in: model)
        totalsChanged()
    }

    /// A name for a recipe beside the model: `googlenet.yaml`.
    var suggestedRecipeName: String {
        let name = model.name.split(separator: ".").first.map(String.init) ?? "recipe"
        return isDemo ? name + ".yaml" : String(path.dropLast(fileName(of: path).count)) + name + ".yaml"
    }

    mutating func setPreparation(_ preparation: LayerStatus.Preparation, of layer: Int) {
        statuses[layer].preparation = preparation
    }

    /// Takes figures that belong to the plan in force; older ones are dropped.
    mutating func take(_ figures: LayerFigures, of layer: Int, generation: Int) {
        guard statuses[layer].generation == generation else { return }
        statuses[layer].take(figures, under: plans[layer], of: model, layer)
        totalsChanged()
    }

    /// Rebuilds the list of rows, keeping the selection where it is still listed.
    mutating func updateRows() {
        rows = order.rows(of: model, statuses: statuses.indices.map(statusInForce), composed: shapes.layers) { layer in
            effectInForce(layer)?.figure.harm ?? -.infinity
        }
    }

    /// Brings up to date how far the totals can be trusted.
    mutating func updateTrust() {
        totals.isExact =
            isComposed && !shapes.isProvisional && asked.total?.isOf(plans, shapes, asked.accounts) == true
            && statuses.allSatisfy { $0.freshness == .exact }
        totals.unprepared = statuses.reduce(0) { $0 + ($1.isPending ? 1 : 0) }
    }
}
