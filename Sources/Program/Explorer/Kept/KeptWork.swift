import Compression
import Recipes
import Search

/// What a person is working on, as far as it is lost when Pare dies: asked for by the state, written by `WorkKeeper`.
public struct WorkSnapshot: Sendable, Hashable {
    public var plans: [LayerPlan]
    public var reconstruct: ReconstructRule?
    /// Layers whose plans differ from those last read or written.
    public var changedCount: Int
    public var recipePath: String?
    public var place: Place
    var measured: KeptObservations?
    var tried: TriedToKeep?
    public var target: SearchBudget?

    /// Where on the screen the person is.
    public struct Place: Sendable, Hashable, Codable {
        public var theme: String
        /// The layer on screen, by name.
        public var layer: String?
        public var pane: Int
        public var isEnlarged: Bool
        public var showsFactors: Bool
        /// First and end of the rows, then of the columns of the map that are shown.
        public var region: [Int]
    }
}

/// The work of a Pare that ended without saving it, as it lies in the state folder.
public struct KeptWork: Sendable, Hashable, Codable {
    static let currentVersion = 1
    var version = currentVersion
    /// The path the model was opened from, or a demo's name.
    public var model: String
    public var isDemo: Bool
    var modelFile: FileState?
    /// The configuration as a recipe.
    var recipe: String
    public var recipePath: String?
    public var data: String?
    /// Shapes that were given to inputs, by name.
    var inputs: [String: [Int]]?
    public var changedCount: Int
    var place: WorkSnapshot.Place
    /// What was measured of configurations.
    var measured: KeptObservations?
    /// What was tried, and came to.
    var tried: KeptTradeoff?
    /// What was to be reached.
    var target: SearchBudget?
    /// Seconds since 1970.
    public var saved: Int
    /// Whose work it is; while that one runs it is not offered. Nil of work that was left for another model.
    var owner: ProcessIdentity?

    /// The file it was read from; not written.
    public internal(set) var file = ""

    private enum CodingKeys: String, CodingKey {
        case version, model, isDemo, modelFile, recipe, recipePath, data, inputs, changedCount, place, measured, tried, target, saved, owner
    }
}

/// Kept work that fits the open model, as it is offered.
public struct WorkOffer: Sendable, Hashable {
    /// The model that it fits.
    let open: OpenModel
    public var work: KeptWork
    public var plans: [LayerPlan]
    /// The plans of the recipe that the work began with, as it is now.
    public var savedPlans: [LayerPlan]
    /// How the work wants it reconstructed, and the recipe.
    public var reconstruct: ReconstructRule?
    public var savedReconstruct: ReconstructRule?
    /// What was tried in it.
    var tried: [TriedConfiguration] = []
    var recipeDigest: String?
    /// When it was kept, in the time of the place: `10:42`.
    public var time: String
    public var modelHasChanged: Bool
}
