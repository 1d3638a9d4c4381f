import Basics
import Composition
import Compression
import NeuralNetwork
import PareFile

/// The exact account of a model under a plan per layer.
public struct Estimate: Sendable {
    public struct LayerEstimate: Sendable {
        public var figures: LayerFigures
        /// What was asked of it, in its shape.
        public var asked: AskedLayer
        public var composed: ComposedLayer { asked.composed }
        /// Why the plan was not followed: the weights hold NaN or infinity.
        public var refusal: String?
        /// Why filters stay or the layer is whole though the plan says otherwise.
        public var objection: String? { asked.objection }
    }

    public let model: Model
    /// The model in the shapes of its plans.
    public let shapes: ComposedModel
    public let layers: [LayerEstimate]
    public let account: ModelAccount
    /// What `PareWriter` writes.
    public let source: PareWriter.Source

    /// Reads every layer's weights once and counts; `data` is for criteria that look at activations.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice = .random, progress: ProgressSink = { _ in }
    ) throws {
        try self.init(with: Composer(model), plans: plans, data: data, progress: progress)
    }

    /// `recipe` is what the file carries where that is not what its plans say.
    init(
        with composer: Composer, plans: [LayerPlan], data: DataChoice, recipe: String? = nil, progress: ProgressSink = { _ in }
    ) throws {
        model = composer.model
        try composer.measureActivity(for: plans, on: data)
        let shapes = try composer.compose(plans, patience: .thorough)
        self.shapes = shapes
        var done = WorkProgress(
            byteCount: shapes.layers.indices.reduce(0) { $0 + composer.weights(of: $1).byteCount }, count: shapes.layers.count)
        let asked = composer.asked(plans, shapes)
        layers = try shapes.layers.enumerated().map { layer, composed in
            progress(done)
            defer {
                done.doneByteCount += composer.weights(of: layer).byteCount
                done.doneCount += 1
            }
            var estimate = LayerEstimate(
                figures: .asStored(composer.weights(of: layer)), asked: asked[layer], refusal: nil)
            if plans[layer].isIdentity, composed.isUntouched {
                estimate.figures = try .storedAndCounted(composer.weights(of: layer))
                return estimate
            }
            do {
                estimate.figures = try composer.exactFigures(of: layer, composed, plans[layer], in: shapes)
            } catch let failure as PreparationFailure {
                composer.refuse(layer, reason: message(for: failure))
                estimate.refusal = message(for: failure)
            }
            return estimate
        }
        let layers = layers
        source = try PareWriter.Source(
            composer: composer, shapes: shapes, plans: plans,
            accounts: shapes.accounts(layers.map(\.figures), plans: plans) { layers[$0].refusal != nil },
            recipe: recipe ?? recipeText(of: plans, for: model))
        account = ModelAccount(
            model: shapes.model, contents: ContainerContents(of: shapes.model), layers: source.accounts, recipe: source.recipe,
            originalByteCount: model.fileByteCount)
    }
}

extension Composer {
    /// Why a layer's shape is not what its plan asks for; nil where it is.
    public func objection(to plan: LayerPlan, of layer: Int, _ composed: ComposedLayer) -> String? {
        if plan.filters != nil, let obstacle = channels.obstacle(ofLayer: layer) { return "all filters stay: \(obstacle)" }
        return plan.factorize == nil ? nil : composed.objection.map { "stays whole: \($0)" }
    }
}
