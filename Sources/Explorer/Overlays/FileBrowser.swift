import TerminalUI

/// The file browser: one folder, narrowed by typing.
public struct FileBrowser: Sendable {
    /// What is being looked for.
    public enum Purpose: Sendable, Hashable {
        case model, data
        /// What fine-tuning learns from.
        case trainingData
    }

    public var purpose: Purpose
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
        if entry.kind == .images { return folder.path }
        return folder.path == "/" ? "/" + entry.name : folder.path + "/" + entry.name
    }
}

extension ExplorerState {
    /// Opens the browser where the open data or model is, or where Pare was started.
    mutating func browse(for purpose: FileBrowser.Purpose) -> [Effect] {
        let model = workspace.flatMap { $0.isDemo ? nil : $0.path }
        let near = purpose == .model ? model : start.data.flatMap { isAtStart ? $0 : nil } ?? workspace?.quality.data?.path ?? model
        var place = "."
        if let near, let slash = near.lastIndex(of: "/") { place = slash == near.startIndex ? "/" : String(near[..<slash]) }
        let folder = Folder(path: place, entries: [], failure: nil)
        overlay = .browser(FileBrowser(purpose: purpose, folder: folder, isLoading: true))
        return [.program(.list(place, purpose))]
    }

    mutating func list(_ folder: Folder, for purpose: FileBrowser.Purpose) {
        guard case .browser(let browser) = overlay, browser.purpose == purpose else { return }
        overlay = .browser(FileBrowser(purpose: browser.purpose, folder: folder))
    }

    mutating func update(_ browser: FileBrowser, _ key: Key) -> [Effect] {
        var browser = browser
        switch key {
        case .escape, .control("c"):
            overlay = browser.purpose == .trainingData ? .finetuning(.data) : nil
            return []
        case .left: return show(browser.parent)
        case .backspace where browser.query.isEmpty: return show(browser.parent)
        case "/" where browser.query.hasPrefix("~") || browser.query.hasPrefix("/") || browser.query == "..":
            let place = browser.query
            return show(place)
        case "/" where browser.folder.entries.contains { $0.kind == .folder && $0.name == browser.query }:
            return show(browser.folder.path == "/" ? "/" + browser.query : browser.folder.path + "/" + browser.query)
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
        guard case .browser(var browser) = overlay else { return [] }
        browser.isLoading = true
        overlay = .browser(browser)
        return [.program(.list(folder, browser.purpose))]
    }

    private mutating func choose(_ entry: Folder.Entry, in browser: FileBrowser) -> [Effect] {
        let path = browser.path(of: entry)
        switch entry.kind {
        case .folder: return show(path)
        case .model: return want(.open(model: path, recipe: nil, data: start.data))
        case .recipe:
            guard workspace != nil else {
                complain("open a model first, then the recipe for it")
                overlay = nil
                return []
            }
            return want(.readRecipe(path))
        case .data, .images:
            if browser.purpose == .trainingData {
                workspace?.recovery.settings.data = path
                overlay = .finetuning(.data)
                return []
            }
            overlay = nil
            return take(data: path)
        }
    }

    /// Measures the open model on other data; on the start screen, the next one that is opened.
    private mutating func take(data path: String) -> [Effect] {
        guard !isAtStart, let workspace else {
            start.data = path
            return []
        }
        guard workspace.model.graph != nil else {
            complain(workspace.quality.reason ?? "")
            return []
        }
        self.workspace?.quality.opening = .file(path)
        return ask([.openData(.file(path))])
    }
}
