import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Finetuning
import NeuralNetwork
import PareFile
import Recipes
import Reconstruction

/// The network that a recipe makes of a model: the same, to the byte, wherever it is shown, counted, written, measured or compared.
///
/// The explorer and every command make it here, so none of them decides what is fitted, or whether that is used.
public struct RecipeNetwork: Sendable {
    /// The model as it was opened, and the configuration that was asked for.
    public let original: Model
    public let asked: [LayerPlan]
    /// What the recipe's reconstruction came to, used or not; nil where the recipe has none.
    public let reconstruction: RecipeReconstruction?
    /// What is known of the samples that its weights were fitted to and trained on.
    public let learned: [LearningRecord]
    /// The layers of the model as it was opened, in the shapes that were asked for.
    public let layers: [AskedLayer]
    /// Works out what is left to do.
    public let composer: Composer
    public let left: [LayerPlan]
    /// The text that its file carries.
    public let recipe: String
    private let data: DataChoice

    /// Follows a recipe; `data` is for criteria that look at activations.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run on the data.
    public init(
        of model: Model, plans: [LayerPlan], calibration: Calibration?, data: DataChoice,
        progress: (Double, String) -> Void = { _, _ in }
    ) throws {
        try self.init(with: Composer(model), plans: plans, calibration: calibration, data: data, progress: progress)
    }

    public init(
        with composer: Composer, plans: [LayerPlan], calibration: Calibration?, data: DataChoice,
        cancellation: CancellationToken = CancellationToken(), progress: (Double, String) -> Void = { _, _ in }
    ) throws {
        original = composer.model
        asked = plans
        self.data = data
        try composer.measureData(for: plans, on: data, cancellation: cancellation)
        layers = composer.asked(plans, try composer.compose(plans, patience: .thorough, cancellation: cancellation))
        guard let calibration else {
            (reconstruction, learned, self.composer, left) = (nil, [], composer, plans)
            recipe = try recipeText(of: plans, for: composer.model)
            return
        }
        let samples = CalibrationSamples(calibration.rule, of: composer.model, data: calibration.data)
        let made = try composer.reconstruct(
            calibration.rule, plans, on: samples, cancellation: cancellation, progress: progress)
        reconstruction = made
        guard made.isUsed else {
            (learned, self.composer, left) = ([], composer, plans)
            recipe = try recipeText(of: plans, for: composer.model)
            return
        }
        (learned, self.composer, left) = ([samples.record], made.composer, made.made.plans)
        recipe = try recipeText(of: plans, for: composer.model, reconstruct: calibration.rule, fitted: samples.record)
    }

    /// What training made of a network; `plans` are what is left to do to the weights of `source`.
    ///
    /// - Throws: a `RecipeError` where the recipe has no text.
    public init(training start: RecipeNetwork, source: Model, plans: [LayerPlan], record: LearningRecord) throws(RecipeError) {
        original = start.original
        asked = start.asked
        layers = start.layers
        data = start.data
        reconstruction = nil
        learned = start.learned + [record]
        composer = Composer(source)
        left = plans
        recipe = try recipeText(
            of: asked, for: original, reconstruct: start.reconstruct, fitted: start.learned.first, trained: record)
    }

    /// How it was reconstructed; nil where it was not.
    private var reconstruct: ReconstructRule? {
        guard let reconstruction, reconstruction.isUsed else { return nil }
        return reconstruction.rule
    }

    /// Whether its weights are others than the original's with the stages of the configuration applied.
    public var hasLearned: Bool { !learned.isEmpty }

    /// What trains it, compared with the model as it was opened.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be trained on the data.
    public func finetuner(
        _ batches: FinetuningData, _ options: FinetuningOptions, cancellation: CancellationToken
    ) throws -> Finetuner {
        // What training moves is shared anew.
        let plans = left.map(\.undecided)
        try composer.measureData(for: plans, on: data, cancellation: cancellation)
        return try Finetuner(composer, plans: plans, data: batches, options: options, original: original, cancellation: cancellation)
    }

    /// Counts what it takes, to the byte of its `.pare` file.
    public func estimate(for purpose: Estimate.Purpose = .figures, progress: ProgressSink = { _ in }) throws -> Estimate {
        try Estimate(with: composer, plans: left, data: data, recipe: recipe, for: purpose, progress: progress)
    }

    /// What is to be run, with reasons for layers that cannot be compressed. Its identity is `number`, negative, where its weights are
    /// others than the original's, whatever its shapes.
    public func measurable(
        number: Int, cancellation: CancellationToken? = nil, refused: (Int, PreparationFailure) throws -> Void = { throw $1 }
    ) throws -> (measurable: Measurable, shapes: ComposedModel) {
        try composer.measureData(for: left, on: data, cancellation: cancellation ?? CancellationToken())
        let shapes = try composer.compose(left, patience: .thorough, cancellation: cancellation)
        var made = try Measurable(left, shapes, cancellation: cancellation, refused: refused)
        if hasLearned { made.configuration.restructured = RestructuredModel(model: shapes.model, identity: -number) }
        return (made, shapes)
    }
}

/// A layer of an opened model in the shape that a plan gives it.
public struct AskedLayer: Sendable {
    public var composed: ComposedLayer
    /// Which layers' filters go with this one's: equal numbers, one group; nil where its filters are not followed.
    public var filterGroup: Int?
    /// Why its shape is not what the plan asks for; nil where it is.
    public var objection: String?
}

extension Composer {
    /// What plans ask of each layer, in the shapes that they give the model.
    func asked(_ plans: [LayerPlan], _ shapes: ComposedModel) -> [AskedLayer] {
        shapes.layers.enumerated().map { layer, composed in
            AskedLayer(
                composed: composed, filterGroup: channels.group(ofLayer: layer)?.index,
                objection: objection(to: plans[layer], of: layer, composed))
        }
    }
}

extension Model {
    /// What its weights learned from, as the compressed file tells that it was read from.
    public var learned: [LearningRecord] {
        guard let text = provenance.recipe, let recipe = try? Recipe(yaml: Array(text.utf8)) else { return [] }
        return [recipe.fitted, recipe.trained].compactMap { $0 }
    }
}

extension LearningRecord {
    /// Of a training that sees all samples there are; random inputs without data.
    public static func whole(_ choice: DataChoice, training model: Model) throws -> LearningRecord {
        guard let data = try choice.open(for: model), data.inputs(of: model) != nil else {
            return LearningRecord(data: DataSet.randomInputs, taken: 0, of: 0, original: try digest(of: model))
        }
        return try LearningRecord(of: data, SampleDraw(data.drawableCount), training: model)
    }

    /// What is not measured on of data, because weights learned from it.
    public static func draws(_ records: [LearningRecord], from data: DataSet?) -> [SampleDraw] {
        guard let data else { return [] }
        return records.compactMap { $0.draw(from: data) }
    }
}
