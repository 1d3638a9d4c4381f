import FoundationEssentials
import TerminalUI

/// The file browser: one folder, narrowed by typing; a path that is typed or pasted leads to its own folder.
public struct FileBrowser: Sendable {
    /// What is being looked for.
    public enum Purpose: Sendable, Hashable {
        case model, data
        /// What fine-tuning learns from.
        case trainingData
    }

    public var purpose: Purpose
    /// The folder that paths begin in which are typed without a `/` in front.
    public private(set) var home: String
    /// What was typed: words to find in the folder, or a path.
    public private(set) var query = ""
    public var selected = 0
    /// The newest folder that was read.
    public private(set) var folder: Folder
    /// Whether what was typed is to be opened as soon as its folder is read.
    var opensWhenRead = false

    init(purpose: Purpose, home: String) {
        self.purpose = purpose
        self.home = home
        folder = Folder(path: "", entries: [], failure: nil)
    }

    /// Where the folder ends in a path that is typed; nil where words are.
    private var slash: String.Index? { query.lastIndex(of: "/") }

    /// The folder whose entries are to be shown.
    var place: String {
        if query == "~" { return expanded("~") }
        guard let slash else { return home }
        let typed = expanded(String(query[...slash]))
        return absolute(typed.hasPrefix("/") ? typed : home + "/" + typed)
    }

    /// What is looked for in that folder.
    public var needle: String {
        guard query != "~" else { return "" }
        return slash.map { String(query[query.index(after: $0)...]) } ?? query
    }

    /// Whether the folder is still being read.
    public var isLoading: Bool { folder.path != place }

    /// The entries found by what was typed, best first; all without it, none while the folder is still being read.
    public var matches: [(entry: Folder.Entry, indices: [Int])] {
        guard !isLoading else { return [] }
        guard !needle.isEmpty else { return folder.entries.map { ($0, []) } }
        return FuzzyMatcher(needle).ranked(folder.entries.map(\.name)).map { (folder.entries[$0.index], $0.match.indices) }
    }

    /// The entry that is meant: the one that is called as was typed, else the selected one; nil where there is none.
    var chosen: Folder.Entry? {
        guard !isLoading else { return nil }
        if selected == 0, let exact = folder.entries.first(where: { $0.name == needle }) { return exact }
        let matches = matches
        return matches.indices.contains(selected) ? matches[selected].entry : nil
    }

    /// The path that was typed, whether or not it is listed; nil where words are.
    var typedPath: String? {
        guard slash != nil, !needle.isEmpty else { return nil }
        return place == "/" ? "/" + needle : place + "/" + needle
    }

    mutating func take(_ folder: Folder) {
        self.folder = folder
        // Where reading began its path was not known in full.
        if slash == nil, query != "~" { home = folder.path }
    }

    mutating func type(_ query: String) {
        self.query = String(query.prefix(TextField.capacity))
        selected = 0
        opensWhenRead = false
    }

    /// Goes to a folder; what was typed led there.
    mutating func go(to folder: String) {
        home = folder
        type("")
    }

    var parent: String {
        let parts = place.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    func path(of entry: Folder.Entry) -> String {
        if entry.name == ".." { return parent }
        if entry.kind == .images { return folder.path }
        return folder.path == "/" ? "/" + entry.name : folder.path + "/" + entry.name
    }

    /// A path as it is pasted: without the quotes, blanks and backslashes that shells and file managers put around it.
    static func pasted(_ text: String) -> String {
        var text = text.drop { $0.isWhitespace }.prefix { !$0.isNewline }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        if let quote = text.first, quote == "'" || quote == "\"", text.count > 1, text.last == quote { return String(text.dropFirst().dropLast()) }
        if text.hasPrefix("file://"), let url = URL(string: String(text)) { return url.path(percentEncoded: false) }
        var plain = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                plain.append(character)
                isEscaped = false
            }
        }
        return plain
    }
}

extension ExplorerState {
    /// Opens the browser where the open data or model is, or where Pare was started.
    mutating func browse(for purpose: FileBrowser.Purpose) -> [Effect] {
        let model = workspace.flatMap { $0.isDemo ? nil : $0.path }
        let near = purpose == .model ? model : start.data.flatMap { isAtStart ? $0 : nil } ?? workspace?.quality.data?.path ?? model
        var place = "."
        if let near, let slash = near.lastIndex(of: "/") { place = slash == near.startIndex ? "/" : String(near[..<slash]) }
        return show(FileBrowser(purpose: purpose, home: absolute(place)))
    }

    /// Takes a folder that was read, where it is the one that is waited for.
    mutating func list(_ folder: Folder, for purpose: FileBrowser.Purpose) -> [Effect] {
        guard case .browser(var browser) = overlay, browser.purpose == purpose, folder.path == browser.place else { return [] }
        browser.take(folder)
        overlay = .browser(browser)
        return browser.opensWhenRead ? choose(in: browser) : []
    }

    mutating func update(_ browser: FileBrowser, _ key: Key) -> [Effect] {
        var browser = browser
        switch key {
        case .escape, .control("c"):
            overlay = browser.purpose == .trainingData ? .finetuning(.data) : nil
            return []
        case .left: browser.go(to: browser.parent)
        case .backspace where browser.query.isEmpty: browser.go(to: browser.parent)
        case .enter, .right: return choose(in: browser)
        default:
            if let query = edited(browser.query, by: key) {
                browser.type(query)
            } else {
                browser.selected = moved(browser.selected, by: key, count: browser.matches.count)
            }
        }
        return show(browser)
    }

    /// Puts a path in the place of what was typed where it is one from the root; other text goes behind it.
    mutating func paste(_ text: String, into browser: FileBrowser) -> [Effect] {
        var browser = browser
        let text = String(TextField.typed(FileBrowser.pasted(text), room: TextField.capacity))
        browser.type(text.hasPrefix("/") || text.hasPrefix("~/") ? text : browser.query + text)
        return show(browser)
    }

    /// Shows the browser, and reads the folder where it is another than the one that was read.
    private mutating func show(_ browser: FileBrowser) -> [Effect] {
        overlay = .browser(browser)
        return browser.isLoading ? [.program(.list(browser.place, browser.purpose))] : []
    }

    /// Opens what is meant: at once, or when its folder is read.
    private mutating func choose(in browser: FileBrowser) -> [Effect] {
        var browser = browser
        if browser.isLoading {
            browser.opensWhenRead = true
            overlay = .browser(browser)
            return []
        }
        browser.opensWhenRead = false
        overlay = .browser(browser)
        if let entry = browser.chosen { return choose(entry, in: browser) }
        // Files under other names than the list knows, and hidden ones, are opened by their paths.
        guard let path = browser.typedPath else { return [] }
        return choose(Folder.Entry(name: browser.needle, kind: browser.purpose == .model ? .model : .data, byteCount: 0), at: path, in: browser)
    }

    private mutating func choose(_ entry: Folder.Entry, in browser: FileBrowser) -> [Effect] {
        choose(entry, at: browser.path(of: entry), in: browser)
    }

    private mutating func choose(_ entry: Folder.Entry, at path: String, in browser: FileBrowser) -> [Effect] {
        switch entry.kind {
        case .folder:
            var browser = browser
            browser.go(to: path)
            return show(browser)
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
