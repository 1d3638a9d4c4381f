import Composition
import Compression
import Recipes
import Search
import TensorCore
import Workbench

/// What `update` asks of the world outside; the session carries it out on background queues.
public enum Effect: Sendable {
    case program(ProgramEffect)
    /// Work on a model, carried out on that model whichever is open by then.
    case model(OpenModel, ModelEffect)
}

/// What is asked for without regard to the open model.
public indirect enum ProgramEffect: Sendable {
    /// Opens a model and, where they are named, a recipe for it and data to measure it on.
    case open(model: String, recipe: String?, data: String?)
    /// Opens the bundled demo of this name.
    case openDemo(String)
    /// Removes work that another Pare left, by its file.
    case forgetWork(String)
    /// Lists a folder for the file browser.
    case list(String, FileBrowser.Purpose)
    /// Keeps the theme for the next start.
    case rememberTheme(String)
    case suspend
    case redraw
    case quit
}

/// What is asked for of one open model.
public indirect enum ModelEffect: Sendable {
    /// Reads the layers, opens the data and looks for kept work: the model is on screen from now on.
    case begin(DataChoice?)
    /// Ends all work: the model is not on screen any more, and will not be again; `goesOn` where it was opened once more and
    /// what was done on it goes on there.
    case close(goesOn: Bool)
    /// Says which layers are wanted first: the one on screen, then its neighbours.
    case prioritise([Int])
    /// Works out everything that the screen shows of a configuration.
    case show(ScreenRequest)
    /// Chooses the ranks and filters that the shapes of a configuration wait for.
    case compose([LayerPlan])
    /// Counts the exact figures of layers.
    case count([CountRequest])
    /// Predicts what the plans of layers cost in loss.
    case predict([LossRequest])
    /// Predicts what the places along sliders lose; what was asked for before is dropped.
    case paint(TrackRequest)
    /// Searches for the best configuration within a budget.
    case search(SearchRequest)
    /// Ends the search that is under way with the best so far.
    case stopSearch
    /// Holds a search, or lets it go on.
    case holdSearch(Bool)
    /// Works out what configurations from the largest to the smallest are expected to lose.
    case findFront(SearchPrice)
    /// Writes a text to a file that is not there yet.
    case writeTable(String, to: String)
    /// Networks along the front are to be written.
    case writeModels(FrontModels)
    /// Works out what layers can lose by each stage alone.
    case findSensitivity
    /// Writes that as a table.
    case writeSensitivity([LayerSensitivity], to: String)
    /// Predicts what the layers of a recovered network cost in loss.
    case predictRecovered(RecoveredNetwork)
    /// Looks at what the data says of the layers, which losses are predicted by.
    case weigh
    /// Leaves that.
    case stopWeighing
    /// Works out the spectra that a picture lacks.
    case decompose(PictureRequest)
    /// Prepares the map that a picture of a large layer lacks.
    case survey(PictureRequest)
    /// Reads a recipe for the model.
    case readRecipe(String)
    /// Writes a configuration as a recipe.
    case writeRecipe(RecipeRequest)
    /// Opens the model once more, its inputs, by name, in other shapes.
    case giveInputShapes([String: Shape])
    /// Keeps unsaved work for the next start; nil where there is none.
    case keepWork(WorkSnapshot?)
    /// Opens data to measure the model on.
    case openData(DataChoice)
    /// Measures a configuration; what was asked for before is dropped.
    case measure(ChangedPlans, focus: Int?)
    /// Times the original network and a configuration, as soon as nothing else is to be measured.
    case time(ChangedPlans)
    /// Measures layers by themselves, on so many samples each, as soon as nothing else is to be measured.
    case measureEffects([Int], ChangedPlans, samples: Int)
    /// Measures layers of a recovered network by themselves, on so many samples each, as soon as nothing else is to be measured.
    case measureRecoveredEffects([Int], RecoveredNetwork, samples: Int)
    /// Gets ready to measure changes of a layer under a configuration.
    case prepareFocus(Int, ChangedPlans)
    /// Makes samples of a configuration to look at; what was asked for before is dropped.
    case sample(SampleRequest)
    /// Drops what is being measured.
    case stopMeasuring
    /// Reconstructs or fine-tunes a configuration; what is under way ends with its best so far.
    case recover(RecoveryRequest)
    /// Holds a training, or lets it go on.
    case pauseRecovery(Bool)
    /// Ends what is under way with its best so far.
    case stopRecovery
    /// Writes a compressed network.
    case export(ExportRequest)
}

/// A layer whose exact figures are wanted.
public struct CountRequest: Sendable, Hashable {
    public var layer: Int
    public var plan: LayerPlan
    public var shapes: ComposedModel
    public var generation: Int
    /// Where they came with the picture; then only the coders are still to be compared.
    public var known: LayerFigures?
}

/// A configuration that is to be written as a recipe: the one in force when that was asked for.
public struct RecipeRequest: Sendable, Hashable {
    /// The model that it is of.
    let open: OpenModel
    public let path: String
    public let plans: [LayerPlan]
    public let reconstruct: ReconstructRule?
    /// How a search found it.
    public let found: String?
    public private(set) var over: RecipeFile.Overwriting

    init(path: String, of workspace: Workspace, over: RecipeFile.Overwriting) {
        open = workspace.open
        self.path = path
        plans = workspace.plans
        reconstruct = workspace.recovery.rule
        found = workspace.origin
        self.over = over
    }

    /// The same, over whatever file is there.
    var overwriting: RecipeRequest {
        var request = self
        request.over = .anything
        return request
    }

    /// Asks for it, of its own model.
    var effect: Effect { .model(open, .writeRecipe(self)) }
}
