import Composition
import Compression
import Recipes

/// What `update` asks of the world outside; the session carries it out on background queues.
public enum Effect: Sendable, Hashable {
    /// Opens a model and, where they are named, a recipe for it and data to measure it on.
    case open(model: String, recipe: String?, data: String?)
    /// Opens the bundled demo of this name.
    case openDemo(String)
    /// Says which layers are wanted first: the one on screen, then its neighbours.
    case prioritise([Int])
    /// Works out the shapes that plans give the model.
    case compose([LayerPlan])
    /// Counts the exact figures of layers whose plans changed.
    case count([CountRequest])
    /// Works out the size of the whole file.
    case total(TotalsRequest)
    /// Draws the layer on screen.
    case draw(PictureRequest, generation: Int)
    /// Reads a recipe for the open model.
    case readRecipe(String)
    /// Writes the open configuration as a recipe.
    case writeRecipe(path: String, plans: [LayerPlan], reconstruct: ReconstructRule?, over: RecipeFile.Overwriting)
    /// Keeps unsaved work for the next start; nil where there is none.
    case keepWork(WorkSnapshot?, isDemo: Bool)
    /// Removes work that another Pare left, by its file.
    case forgetWork(String)
    /// Lists a folder for the file browser.
    case list(String, FileBrowser.Purpose)
    /// Opens data to measure the open model on.
    case openData(DataChoice)
    /// Measures a configuration; what was asked for before is dropped.
    case measure(ChangedPlans, focus: Int)
    /// Times the original network and a configuration, as soon as nothing else is to be measured.
    case time(ChangedPlans)
    /// Measures layers by themselves, on so many samples each, as soon as nothing else is to be measured.
    case measureEffects([Int], ChangedPlans, samples: Int)
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
    /// Keeps the theme for the next start.
    case rememberTheme(String)
    case suspend
    case redraw
    case quit
}

/// A layer whose exact figures are wanted.
public struct CountRequest: Sendable, Hashable {
    public var layer: Int
    public var plan: LayerPlan
    public var shapes: ComposedModel
    public var generation: Int
}
