import Basics
import TerminalUI

/// A window over the screen; while it is open it takes all input.
public enum Overlay: Sendable {
    /// The keys, from the keymap.
    case help(HelpPage)
    /// All commands, found by typing.
    case palette(Palette)
    /// Themes, tried on as they are passed over.
    case themes(ThemeChoice)
    case browser(FileBrowser)
    /// All figures of quality, with their intervals.
    case measures(scroll: Int)
    /// Fine-tuning: its settings, and its curves while it goes on.
    case finetuning(FinetuningSettings.Field)
    /// Bytes against quality.
    case tradeoff(TradeoffPlace)
    /// What layers can lose by each stage alone.
    case sensitivity(SensitivityPlace)
    case question(Question)
    /// A recipe as it is on the disk and as it would be written.
    case conflict(RecipeConflict, RecipeRequest, scroll: Int)

    /// Whether it is of the open model, and goes with it.
    var isOfModel: Bool {
        switch self {
        case .finetuning, .sensitivity, .tradeoff, .question, .conflict: true
        case .browser(let browser): browser.purpose == .trainingData
        case .help, .palette, .themes, .measures: false
        }
    }

    mutating func paste(_ text: String) {
        let line = text.drop { $0.isNewline }.prefix { !$0.isNewline }
        switch self {
        case .palette(var palette):
            palette.query += TextField.typed(line, room: TextField.capacity - palette.query.count)
            palette.selected = 0
            self = .palette(palette)
        case .help(var page):
            page.query += TextField.typed(line, room: TextField.capacity - page.query.count)
            page.isSearching = true
            page.scroll = 0
            self = .help(page)
        default: break
        }
    }
}

/// The help: where it stands, and what is looked for in it.
public struct HelpPage: Sendable {
    public var scroll = 0
    /// Words that must each occur in a line; empty shows all.
    public var query = ""
    /// Whether letters go into the query.
    public var isSearching = false
}

/// The command palette.
public struct Palette: Sendable {
    public var query = ""
    public var selected = 0

    /// A command that the query finds, with the characters of its title that matched.
    public struct Match: Sendable, Hashable {
        public var command: Command
        public var indices: [Int]
    }

    /// The commands found, best first; all in their order without a query.
    public var matches: [Match] {
        guard !query.isEmpty else { return Command.all.map { Match(command: $0, indices: []) } }
        let titled = FuzzyMatcher(query).ranked(Command.all.map(\.title)).map {
            Match(command: Command.all[$0.index], indices: $0.match.indices)
        }
        // Behind them what goes by another word.
        let wanted = query.lowercased().split(separator: " ")
        let others = Command.all.filter { command in command.isFound(by: wanted) && !titled.contains { $0.command == command } }
        return titled + others.map { Match(command: $0, indices: []) }
    }
}

/// The list of themes.
public struct ThemeChoice: Sendable {
    public var names: [String]
    /// The theme to go back to.
    public var before: String
    public var selected: Int

    init(names: [String], current: String) {
        self.names = names
        before = current
        selected = names.firstIndex(of: current) ?? 0
    }
}

/// Something Pare asks before it goes on.
public enum Question: Sendable, Hashable {
    /// Unsaved changes stand in the way.
    case unsaved(Intention)
    /// A fine-tuned network is in no file yet.
    case unwritten(Intention)
    /// A file of this name is there already.
    case overwrite(RecipeRequest)
    case overwriteExport(ExportRequest)
    /// The recipe is another than the one that was read.
    case changed(RecipeConflict, RecipeRequest)
    /// Work that another Pare left.
    case restore(WorkOffer)

    public var text: String {
        switch self {
        case .unsaved: "The configuration has unsaved changes."
        case .unwritten: "The fine-tuned network is in no file yet."
        case .overwrite(let request): "\(fileName(of: request.path)) is there already."
        case .overwriteExport(let request): "\(fileName(of: request.path)) is there already."
        case .changed(let conflict, _): "\(fileName(of: conflict.path)) was changed by somebody else."
        case .restore(let offer):
            "Unsaved work on \(fileName(of: offer.work.model)) from \(offer.time)"
        }
    }

    /// What has to be known before answering, besides.
    public var details: [String] {
        guard case .restore(let offer) = self else { return [] }
        let count = offer.work.changedCount
        let layers = count == 1 ? "1 layer changed" : "\(count) layers changed"
        let details = [offer.work.recipePath.map { "\(layers) against \(fileName(of: $0))" } ?? layers]
        return offer.modelHasChanged ? details + ["The model's file has changed since then."] : details
    }

    /// The answers, each with the key that gives it.
    var answers: [(key: Key, text: String)] {
        switch self {
        case .unsaved: [("s", "save"), ("d", "discard"), ("c", "cancel")]
        case .unwritten: [("w", "write"), ("d", "discard"), ("c", "cancel")]
        case .overwrite, .overwriteExport: [("o", "overwrite"), ("n", "another name"), ("c", "cancel")]
        case .changed: [("o", "overwrite"), ("n", "another name"), ("d", "differences"), ("c", "cancel")]
        case .restore: [(.enter, "restore"), ("d", "discard"), (.escape, "later")]
        }
    }
}
