import Basics
import FoundationEssentials
import Glibc
import TerminalUI
import Workbench

/// The themes a person can choose from: those built in, and their own, which go before built-in ones of the same name.
public struct ThemeLibrary: Sendable {
    public static let defaultName = "pare-dark"

    private let themes: [String: Theme]
    /// Names in the order in which the list shows them: the default first, then by name.
    public let names: [String]
    /// What was wrong with themes that were left out, one line each.
    public let problems: [String]

    /// Reads the built-in themes and those in `$XDG_CONFIG_HOME/pare/themes` (`~/.config/pare/themes`).
    public init(environment: [String: String]) {
        var themes: [String: Theme] = [:]
        var problems: [String] = []
        for asset in Asset.all where asset.name.hasPrefix("themes/") {
            let yaml = String(decoding: asset.bytes, as: UTF8.self)
            do throws(ThemeError) {
                themes[Self.name(ofFile: asset.name)] = try Theme(yaml: yaml, file: asset.name)
            } catch {
                problems.append(error.description)
            }
        }
        if let folder = Self.folder(environment), let files = try? FileManager.default.contentsOfDirectory(atPath: folder) {
            for file in files.sorted() where file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
                do throws(ThemeError) {
                    themes[Self.name(ofFile: file)] = try Theme(path: folder + "/" + file)
                } catch {
                    problems.append(error.description)
                }
            }
        }
        self.themes = themes
        self.problems = problems
        names = themes.keys.sorted { left, right in
            left == Self.defaultName || (right != Self.defaultName && left < right)
        }
    }

    /// The theme of this name; the default where there is none.
    public subscript(name: String) -> Theme { themes[name] ?? themes[Self.defaultName] ?? .terminal }

    /// A theme is called after its file: `themes/pare-dark.yaml` is `pare-dark`.
    private static func name(ofFile path: String) -> String {
        let file = fileName(of: path)
        return file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    }

    /// Where a person's own themes are.
    public static func folder(_ environment: [String: String]) -> String? {
        if let config = environment["XDG_CONFIG_HOME"], config.hasPrefix("/") { return config + "/pare/themes" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.config/pare/themes" }
        return nil
    }
}
