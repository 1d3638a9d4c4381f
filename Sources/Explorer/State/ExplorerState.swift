import Compression
import TerminalUI

/// All that the explorer shows, and all that it remembers between two events.
public struct ExplorerState: Sendable {
    public internal(set) var size: Size
    /// The open model; kept while the start screen is shown over it.
    public internal(set) var workspace: Workspace?
    public internal(set) var start: StartScreen
    public internal(set) var isAtStart: Bool
    /// The window over the screen that takes all input, where there is one.
    public internal(set) var overlay: Overlay?
    /// The line at the bottom in which a person types, where there is one.
    public internal(set) var prompt: Prompt?
    /// What was last said at the bottom.
    public internal(set) var message: Message?
    /// What is being opened, for the busy sign.
    public internal(set) var opening: String?
    public internal(set) var themeName: String
    public internal(set) var themeNames: [String]
    var drag: Drag?
    /// What to do once the unsaved changes are saved.
    var afterSaving: Intention?
    /// The work that was last asked to be kept.
    var keptWork: WorkSnapshot?
    /// The file of the work that was chosen on the start screen.
    var restoring: String?
    /// The picture that was last asked for.
    private var requested: (request: PictureRequest, generation: Int)?
    private var prioritised: [Int] = []
    /// The stages of shape that were last asked for and are not worked out yet.
    private var requestedStages: [LayerPlan]?
    private var needsTotals = true
    private var requestedTotals: TotalsRequest?
    var awaitsTotals = false

    /// Begins at the start screen; the first of `problems` is told.
    public init(size: Size, start: StartScreen, themeName: String, themeNames: [String], problems: [String] = []) {
        self.size = size
        self.start = start
        self.themeName = themeName
        self.themeNames = themeNames
        isAtStart = true
        if let problem = problems.first { complain(problem) }
    }

    /// A line for the person, and how it is meant.
    public struct Message: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case note, problem }
        public var text: String
        public var kind: Kind
    }

    /// What the mouse holds while its button is down.
    enum Drag: Sendable, Hashable {
        case slider(Control)
        case threshold
        case map(from: Point, MapRegion)
        case ranks
    }

    var layout: ExploreLayout? {
        guard let workspace, !isTooSmall else { return nil }
        return ExploreLayout(
            size: size, focus: workspace.pane, isEnlarged: workspace.isEnlarged, showsSamples: workspace.samples.isShown)
    }

    public var isTooSmall: Bool { size.width < ExploreLayout.least.width || size.height < ExploreLayout.least.height }

    mutating func say(_ text: String) { message = Message(text: text, kind: .note) }
    mutating func complain(_ text: String) { message = Message(text: text, kind: .problem) }

    /// The totals are added up once, after all events of a moment, by `settle`.
    mutating func totalsChanged() { needsTotals = true }

    /// Brings everything that follows from the state up to date, and asks for the picture it now wants. Called once
    /// after all events of a moment, before drawing.
    public mutating func settle() -> [Effect] {
        var effects = keepWork()
        guard workspace != nil, let layout else { return effects }
        if let workspace, !workspace.isComposed {
            let stages = workspace.plans.map(\.shapes)
            if requestedStages != stages {
                requestedStages = stages
                effects.append(.compose(workspace.plans))
            }
        } else {
            requestedStages = nil
        }
        if needsTotals, let request = workspace?.totalsRequest {
            needsTotals = false
            workspace?.updateRows()
            workspace?.updateTrust()
            if requestedTotals != request {
                requestedTotals = request
                awaitsTotals = true
                effects.append(.total(request))
            }
        }
        if let pane = layout.layers { workspace?.revealSelection(height: LayerTable.rowCount(in: pane)) }
        if let priorities = workspace?.priorities, priorities != prioritised {
            prioritised = priorities
            effects.append(.prioritise(priorities))
        }
        if let request = workspace?.pictureRequest(for: layout), let generation = workspace?.status?.generation {
            if requested?.request != request || requested?.generation != generation {
                requested = (request, generation)
                effects.append(.draw(request, generation: generation))
            }
        }
        effects += workspace?.askForSamples() ?? []
        return effects + (workspace?.askForQuality() ?? []) + (workspace?.askForReconstruction() ?? [])
    }

    /// Whether a picture was asked for that is not there yet, of a layer that could be drawn at once.
    var awaitsPicture: Bool {
        guard let requested, let workspace, !isAtStart else { return false }
        if awaitsTotals || requestedStages != nil { return true }
        guard let picture = workspace.picture else { return true }
        return picture.request != requested.request || picture.generation != requested.generation
    }

    /// Asks for the picture anew, because more can be drawn now.
    mutating func forgetPicture() { requested = nil }

    mutating func setOpening(_ name: String) { opening = name }

    /// Forgets what was asked for the model that was open before.
    mutating func forgetRequests() {
        requested = nil
        requestedStages = nil
        requestedTotals = nil
        prioritised = []
        needsTotals = true
    }
}

/// What a person wanted when Pare had to ask about unsaved changes first.
public enum Intention: Sendable, Hashable {
    case quit
    case open(model: String, recipe: String?, data: String?)
    case openDemo(String)
    case readRecipe(String)

    /// Whether the open model stays open.
    var keepsModel: Bool {
        if case .readRecipe = self { true } else { false }
    }
}
