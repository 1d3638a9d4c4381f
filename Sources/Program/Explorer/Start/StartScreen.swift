import TerminalUI
import Workbench

/// The screen without a model: bundled demos, files that were open before, and the way to others.
public struct StartScreen: Sendable {
    /// One line that can be opened.
    public enum Item: Sendable, Hashable {
        /// Work that was not saved.
        case work(KeptWork)
        case demo(Demo)
        case recent(RecentFile)
        case browse
    }

    /// Work that other Pares left, the newest first.
    public var works: [KeptWork]
    public var recents: [RecentFile]
    /// Seconds since 1970, by which the recent files' ages are told.
    public var now: Int
    /// The line that is chosen; lines that are gone leave the last one.
    public var selected: Int { min(chosen, items.count - 1) }
    private var chosen = 0
    /// Data to measure the next model on.
    public internal(set) var data: String?

    public init(recents: [RecentFile], works: [KeptWork] = [], now: Int, data: String? = nil) {
        self.works = works
        self.recents = recents
        self.data = data
        self.now = now
    }

    public var items: [Item] {
        works.prefix(3).map(Item.work) + Demo.all.map(Item.demo) + recents.prefix(6).map(Item.recent) + [.browse]
    }

    mutating func move(by distance: Int) { choose(selected + distance) }

    /// Chooses a line, or the nearest there is.
    mutating func choose(_ line: Int) { chosen = min(items.count - 1, max(0, line)) }
}

extension ExplorerState {
    mutating func updateStart(_ key: Key) -> [Effect] {
        switch key {
        case .down, "j": start.move(by: 1)
        case .up, "k": start.move(by: -1)
        case .home, "g": start.choose(0)
        case .end, "G": start.choose(.max)
        case .enter, "l", .right: return chooseStartItem()
        case "/": return browse(for: .model)
        case .escape where workspace != nil: isAtStart = false
        default:
            // What has a meaning without a model has its keys here too.
            guard let command = Keymap.command(for: key, in: .everywhere), !command.needsModel else { break }
            return perform(command)
        }
        return []
    }

    mutating func updateStart(_ mouse: MouseEvent) -> [Effect] {
        switch mouse.kind {
        case .wheelDown: start.move(by: 1)
        case .wheelUp: start.move(by: -1)
        case .press:
            guard let item = StartView.item(at: mouse.position, in: self) else { return [] }
            start.choose(item)
            return chooseStartItem()
        default: break
        }
        return []
    }

    private mutating func chooseStartItem() -> [Effect] {
        guard start.items.indices.contains(start.selected) else { return [] }
        switch start.items[start.selected] {
        case .work(let work):
            restoring = work.file
            if work.isDemo { return want(.openDemo(work.model)) }
            // The recipe it began with comes with it.
            return want(.open(model: work.model, recipe: nil, data: start.data ?? work.data))
        case .demo(let demo): return want(.openDemo(demo.name))
        case .recent(let file): return want(.open(model: file.model, recipe: file.recipe, data: start.data ?? file.data))
        case .browse: return browse(for: .model)
        }
    }
}
