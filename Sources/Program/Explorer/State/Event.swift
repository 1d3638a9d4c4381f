import Composition
import Compression
import Evaluation
import Factorization
import Importance
import NeuralNetwork
import Recipes
import Search
import Structure
import TerminalUI
import Workbench

/// What happens to the explorer: a person's input, or a result from a background queue.
public enum Event: Sendable {
    case program(ProgramEvent)
    /// What came of work on a model; dropped where that is not the open one any more.
    case model(OpenModel, ModelEvent)

    /// A person's input.
    public static func input(_ input: InputEvent) -> Event { .program(.input(input)) }
}

/// What happens without regard to the open model.
public indirect enum ProgramEvent: Sendable {
    case input(InputEvent)
    case opened(OpenedModel)
    case openFailed(message: String)
    case listed(Folder, for: FileBrowser.Purpose)
    /// Work failed; `message` is one line for the status bar.
    case failed(message: String)
}

/// What came of work on one open model.
public indirect enum ModelEvent: Sendable {
    case preparing(layer: Int, fraction: Double)
    case prepared(layer: Int, LayerScale)
    case refused(layer: Int, reason: String)
    /// What the screen was asked for.
    case screen(Screen)
    /// The shapes that plans give the model, with the ranks that they waited for.
    case composed(ComposedModel, of: [LayerPlan])
    case counted(layer: Int, generation: Int, LayerFigures)
    /// The fraction that is done of looking at what the data says of the layers; nil where it ended without anything.
    case weighing(Double?)
    /// What the data says of the layers is known.
    case weighed(NetworkImportance)
    /// What a layer's plan is expected to cost in loss.
    case predicted(PredictedLoss, of: LossRequest)
    /// What losses come to, from the original's answers.
    case margins(MarginTable)
    /// What the places along a slider lose.
    case painted(TrackLosses)
    /// How far a search has come, by its number, and what it does.
    case searching(Int, Double, String)
    /// A search found something better.
    case searchBetter(Int, FoundNetwork, fitted: ReconstructRule?)
    case searchEnded(Int, SearchEnd)
    /// How far looking for the front has come; nil where it ended without one.
    case frontComes(Double?)
    /// The front as it is foretold.
    case front([FoundNetwork], SearchPrice)
    /// What is known of what layers can lose by each stage alone.
    case sensitivity(SensitivityFindings.Knowledge)
    /// So many networks along the front were written, of how many.
    case modelsWritten(Int, of: Int, name: String)
    /// A table was written.
    case tableWritten(String)
    /// A layer's spectra are there, so that they can be drawn.
    case decomposed(layer: Int)
    /// A layer's spectra cannot be had, and why.
    case notDecomposed(layer: Int, reason: String)
    /// The magnitudes of a large layer are there, so that its map can be drawn.
    case surveyed(layer: Int)
    /// Data is open, and the network can be measured on it.
    case dataOpened(name: String)
    /// Data cannot be opened, or the network cannot be run on it.
    case dataFailed(message: String)
    /// What is known of a configuration's quality after one more round of samples.
    case measured(QualityReport, of: ChangedPlans)
    /// How a reconstruction or fine-tuning stands, by its number.
    case recoveryProgressed(Int, RecoveryProgress)
    /// What a reconstruction or fine-tuning made.
    case recovered(RecoveredNetwork)
    /// What is known of the quality of such a network, by its number.
    case recoveryMeasured(Int, QualityReport)
    /// What each layer of such a network is expected to cost by itself.
    case recoveryPredicted(Int, [PredictedLoss?])
    /// What a layer of such a network does by itself.
    case recoveryEffect(Int, layer: Int, Quality.LayerEffect)
    /// A reconstruction or fine-tuning ended without anything, and why.
    case recoveryEnded(Int, reason: String)
    /// A compressed network was written; `rejection` says why one that was to be reconstructed first is not.
    case exported(ExportRequest, byteCount: Int, rejection: String?)
    /// A compressed network was not written, because a file of that name is there.
    case exportExists(ExportRequest)
    /// Seconds a sample takes in the original network and under a configuration.
    case timed(original: Double, changed: Double, of: ChangedPlans)
    /// What a configuration makes, beside what the original does.
    case sampled(SampleSheet, of: SampleRequest)
    case samplingFailed(message: String, of: SampleRequest)
    /// What a layer's plan does by itself.
    case effectMeasured(QualityReport, layer: Int, LayerPlan)
    /// The network cannot be run after all, or its data not be read any more.
    case measuringFailed(message: String)
    /// A recipe with the digest of its text.
    case recipeRead(path: String, plans: [LayerPlan], reconstruct: ReconstructRule?, found: String?, digest: String, warning: String?)
    case recipeWritten(RecipeRequest, digest: String)
    /// A recipe was not written, because a file of that name is there.
    case recipeExists(RecipeRequest)
    /// A recipe was not written, because somebody else has changed it.
    case recipeChanged(RecipeRequest, RecipeConflict)
    /// The model was opened once more, its inputs in other shapes.
    case reshaped(OpenedModel)
    /// Work on the model was found that another Pare left.
    case workFound(WorkOffer)
    /// Work failed; `message` is one line for the status bar.
    case failed(message: String)
}

/// A model that was opened, with the recipe that was asked for.
public struct OpenedModel: Sendable {
    /// By which the model is known from now on.
    public let open: OpenModel
    /// The model in its own shapes.
    public var shapes: ComposedModel
    /// Which channels go together.
    public var channels: ChannelAnalysis
    /// By layer, why it cannot be split into factors; nil where it can.
    public var factorObstacles: [String?]
    /// By layer, how its weights are read as kernels; nil where it cannot be split.
    public var layouts: [KernelLayout?]
    public var path: String
    /// Whether the path is the name of a bundled demo.
    public var isDemo: Bool
    public var recipePath: String?
    /// The digest of the recipe's text, where it can be read again.
    public var recipeDigest: String?
    /// What is probably not meant by the recipe.
    public var recipeWarning: String?
    public var plans: [LayerPlan]
    /// How the recipe wants it reconstructed.
    public var reconstruct: ReconstructRule?
    /// How a search found the recipe.
    public var found: String?
    /// What its quality is measured on; nil where it is not.
    public var data: DataChoice?
    /// Why its quality is not measured, where that is so, and whether somebody asked for it.
    public var unmeasured: String?
    public var asksForData = false
    public var recents: [RecentFile]

    public var model: Model { shapes.model }

    init(
        _ bench: Workbench, recipePath: String?, plans: [LayerPlan], data: DataChoice?, unmeasured: String? = nil,
        recents: [RecentFile]
    ) {
        let composer = bench.composer
        open = OpenModel(bench)
        shapes = composer.original
        channels = composer.channels
        layouts = composer.model.layers.indices.map { composer.layout(of: $0) }
        factorObstacles = composer.model.layers.indices.map { composer.factorObstacle(of: $0) }
        path = bench.path
        isDemo = bench.isDemo
        self.recipePath = recipePath
        self.plans = plans
        self.data = data
        self.unmeasured = unmeasured
        self.recents = recents
    }
}

/// A model that was open before.
public struct RecentFile: Sendable, Hashable, Codable {
    public var model: String
    public var recipe: String?
    /// The data it was last measured on.
    public var data: String?
    /// Seconds since 1970 when it was last opened.
    public var opened: Int

    public init(model: String, recipe: String?, data: String?, opened: Int) {
        self.model = model
        self.recipe = recipe
        self.data = data
        self.opened = opened
    }
}

/// A folder as the file browser shows it.
public struct Folder: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            case folder, model, recipe
            /// A file of samples, or a description of some.
            case data
            /// The folder that is shown, as a set of images.
            case images
        }

        public var name: String
        public var kind: Kind
        public var byteCount: Int
    }

    public var path: String
    public var entries: [Entry]
    /// Why the folder could not be read.
    public var failure: String?
}
