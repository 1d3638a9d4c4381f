import TerminalUI

/// The file browser: one folder, narrowed by typing.
public struct FileBrowser: Sendable {
    public var folder: Folder
    public var query = ""
    public var selected = 0
    /// Whether the folder is still being read.
    public var isLoading = false

    /// The entries found by the query, best first; all without one.
    public var matches: [(entry: Folder.Entry, indices: [Int])] {
        guard !query.isEmpty else { return folder.entries.map { ($0, []) } }
        return FuzzyMatcher(query).ranked(folder.entries.map(\.name)).map { (folder.entries[$0.index], $0.match.indices) }
    }

    var parent: String {
        let parts = folder.path.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    func path(of entry: Folder.Entry) -> String {
        if entry.name == ".." { return parent }
        return folder.path == "/" ? "/" + entry.name : folder.path + "/" + entry.name
    }
}

extension ExplorerState {
    /// Opens the browser at the open model's folder, or where Pare was started.
    mutating func browse() -> [Effect] {
        var place = "."
        if let workspace, !workspace.isDemo, let slash = workspace.path.lastIndex(of: "/") {
            place = String(workspace.path[..<slash])
            if place.isEmpty { place = "/" }
        }
        overlay = .browser(FileBrowser(folder: Folder(path: place, entries: [], failure: nil), isLoading: true))
        return [.list(place)]
    }

    mutating func list(_ folder: Folder) {
        guard case .browser = overlay else { return }
        overlay = .browser(FileBrowser(folder: folder))
    }

    mutating func update(_ browser: FileBrowser, _ key: Key) -> [Effect] {
        var browser = browser
        switch key {
        case .escape, .control("c"):
            overlay = nil
            return []
        case .left: return show(browser.parent)
        case .backspace where browser.query.isEmpty: return show(browser.parent)
        case "/" where browser.query.hasPrefix("~") || browser.query.hasPrefix("/") || browser.query == "..":
            let place = browser.query
            return show(place)
        case .enter, .right:
            let matches = browser.matches
            guard matches.indices.contains(browser.selected) else {
                return browser.query.isEmpty ? [] : show(browser.query)
            }
            return choose(matches[browser.selected].entry, in: browser)
        default:
            browser.query = edited(browser.query, by: key) ?? browser.query
            browser.selected = moved(browser.selected, by: key, count: browser.matches.count)
            overlay = .browser(browser)
            return []
        }
    }

    private mutating func show(_ folder: String) -> [Effect] {
        if case .browser(var browser) = overlay {
            browser.isLoading = true
            overlay = .browser(browser)
        }
        return [.list(folder)]
    }

    private mutating func choose(_ entry: Folder.Entry, in browser: FileBrowser) -> [Effect] {
        let path = browser.path(of: entry)
        switch entry.kind {
        case .folder: return show(path)
        case .model: return want(.open(model: path, recipe: nil))
        case .recipe:
            guard workspace != nil else {
                complain("open a model first, then the recipe for it")
                overlay = nil
                return []
            }
            return want(.readRecipe(path))
        }
    }
}
