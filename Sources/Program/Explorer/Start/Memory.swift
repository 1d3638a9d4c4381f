import FoundationEssentials
import Glibc

/// What Pare remembers between two starts: recent files and the theme, as JSON in the state folder.
public struct Memory: Sendable {
    /// `$XDG_STATE_HOME/pare`, by default `~/.local/state/pare`; nil where there is no home.
    public let folder: String?

    public init(environment: [String: String]) {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            folder = state + "/pare"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            folder = home + "/.local/state/pare"
        } else {
            folder = nil
        }
    }

    private struct Content: Codable {
        var recents: [RecentFile] = []
        var theme: String?
    }

    /// Recent files that are still there, the newest first. What cannot be read counts as never written.
    public var recents: [RecentFile] {
        content.recents.filter { access($0.model, R_OK) == 0 }
    }

    public var theme: String? { content.theme }

    /// Work that Pares which are gone did not save, the newest first, and what could not be read of it.
    public var abandonedWork: (works: [KeptWork], problem: String?) { WorkFolder(self).abandoned() }

    /// Puts a file at the head of the recent ones.
    public func remember(_ file: RecentFile) {
        change { content in
            content.recents.removeAll { $0.model == file.model }
            content.recents.insert(file, at: 0)
            content.recents = Array(content.recents.prefix(20))
        }
    }

    /// Notes the data that a model was last measured on.
    public func rememberData(_ data: String, of model: String) {
        change { content in
            guard let index = content.recents.firstIndex(where: { $0.model == model }) else { return }
            content.recents[index].data = data
        }
    }

    public func rememberTheme(_ name: String) {
        change { $0.theme = name }
    }

    private var path: String? { folder.map { $0 + "/memory.json" } }

    private var content: Content {
        guard let path, let data = try? Data(contentsOf: URL(filePath: path)), data.count < 1 << 20 else { return Content() }
        return (try? JSONDecoder().decode(Content.self, from: data)) ?? Content()
    }

    /// Losing this memory costs a person a few keys, so a failure to write it is no error worth a line.
    private func change(_ edit: (inout Content) -> Void) {
        guard let folder, let path else { return }
        var content = content
        edit(&content)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let data = try? JSONEncoder().encode(content) else { return }
        try? data.write(to: URL(filePath: path), options: .atomic)
    }
}
