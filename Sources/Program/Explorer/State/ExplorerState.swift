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
    /// The file of the work that was chosen on the start screen.
    var restoring: String?

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
        /// Whether what nobody asked for does not cover it: a problem, and what came of a person's wish.
        var isToBeRead = false
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
    mutating func complain(_ text: String) { message = Message(text: text, kind: .problem, isToBeRead: true) }

    /// Says what came of a person's wish, which may have taken a while.
    mutating func report(_ text: String) { message = Message(text: text, kind: .note, isToBeRead: true) }

    /// Says what nobody asked for, where nothing else is still to be read.
    mutating func mention(_ text: String) { if message?.isToBeRead != true { say(text) } }

    /// Brings everything that follows from the state up to date, and asks for what is missing on screen. Called once
    /// after all events of a moment, before drawing.
    public mutating func settle() -> [Effect] {
        // A question waits until nothing is typed any more, or letters would answer it.
        if overlay == nil, prompt == nil, let question = workspace?.nextQuestion() { overlay = .question(question) }
        let layout = layout
        return ask(workspace?.settle(in: layout, theme: themeName) ?? [])
    }

    /// Asks for work on the open model.
    func ask(_ effects: [ModelEffect]) -> [Effect] {
        guard let open = workspace?.open else { return [] }
        return effects.map { .model(open, $0) }
    }

    /// Whether a picture was asked for that is not there yet, of a layer that could be drawn at once.
    var awaitsPicture: Bool { !isAtStart && workspace?.awaitsPicture == true }
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
