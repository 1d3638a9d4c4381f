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
    /// Writes the compressed file.
    public let writer: PareWriter
    /// What it writes.
    public var source: PareWriter.Source { writer.source }

    /// What is to become of the network.
    public enum Purpose: Sendable {
        /// Its figures are looked at.
        case figures
        /// Its compressed file is written: entries are made with the figures and kept, as far as there is room.
        case writing
    }

    /// Reads every layer's weights once and counts; `data` is for criteria that look at activations.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice = .random, progress: ProgressSink = { _ in }
    ) throws {
        try self.init(with: Composer(model), plans: plans, data: data, progress: progress)
    }

    /// `recipe` is what the file carries where that is not what its plans say.
    public init(
        with composer: Composer, plans: [LayerPlan], data: DataChoice, recipe: String? = nil, for purpose: Purpose = .figures,
        progress: ProgressSink = { _ in }
    ) throws {
        model = composer.model
        try composer.measureData(for: plans, on: data)
        let shapes = try composer.compose(plans, patience: .thorough)
        self.shapes = shapes
        let counted = try CountedLayers(plans, shapes, keeping: purpose == .writing ? LayerBudget.kept : nil, progress: progress)
        let layers = zip(counted.layers, composer.asked(plans, shapes)).map { counted, asked in
            LayerEstimate(figures: counted.figures, asked: asked, refusal: counted.refusal)
        }
        self.layers = layers
        writer = try PareWriter(
            PareWriter.Source(
                shapes: shapes, plans: plans,
                accounts: shapes.accounts(layers.map(\.figures), plans: plans) { layers[$0].refusal != nil },
                recipe: recipe ?? recipeText(of: plans, for: model), entries: counted.entries))
        account = writer.account(originalByteCount: model.fileByteCount)
    }
}

extension Composer {
    /// Why a layer's shape is not what its plan asks for; nil where it is.
    public func objection(to plan: LayerPlan, of layer: Int, _ composed: ComposedLayer) -> String? {
        if plan.filters != nil, let obstacle = channels.obstacle(ofLayer: layer) { return "all filters stay: \(obstacle)" }
        return plan.factorize == nil ? nil : composed.objection.map { "stays whole: \($0)" } ?? composed.remark
    }
}
