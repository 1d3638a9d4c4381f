import ArgumentParser
import Explorer
import NcursesBackend
import TerminalUI

struct ExploreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore", abstract: "Open the explorer (what pare does when no command is named).")

    @Argument(help: "The model; without one, a start screen with a bundled demo.", completion: .file())
    var model: String?

    @Option(name: .shortAndLong, help: "A recipe to begin with.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(name: .shortAndLong, help: "A theme: a bundled one, or a file in $XDG_CONFIG_HOME/pare/themes.")
    var theme: String?

    func validate() throws {
        if recipe != nil, model == nil { throw ValidationError("--recipe needs a MODEL to apply to") }
    }

    func run() throws {
        guard Standard.outputIsTerminal, Standard.inputIsTerminal else { return try report() }
        // What is wrong with the arguments is said before the screen is taken over.
        let themes = ThemeLibrary(environment: Process.environment)
        let themeName = try chosenTheme(themes)
        if let recipe { _ = try Opening.recipe(recipe) }
        let opening: Effect? = model.map { .open(model: $0, recipe: recipe) }
        if let model { try Opening.check(model) }
        try ExplorerLoop(themes: themes, themeName: themeName).run(opening)
    }

    /// The report for pipes and files.
    private func report() throws {
        guard let model else {
            throw Failure("the explorer needs a terminal; name a MODEL for a plain-text report, or see pare --help")
        }
        let opened = try Opening.model(model)
        guard let recipe else { return Standard.output(TextReport.inspect(opened)) }
        let plans = try Opening.plans(of: try Opening.recipe(recipe), for: opened)
        Standard.output(TextReport.estimate(Estimate(of: opened, plans: plans)))
    }

    private func chosenTheme(_ themes: ThemeLibrary) throws -> String {
        guard let theme else {
            let remembered = Memory(environment: Process.environment).theme
            return remembered.flatMap { themes.names.contains($0) ? $0 : nil } ?? ThemeLibrary.defaultName
        }
        guard themes.names.contains(theme) else {
            throw Failure("there is no theme \(theme); there are \(themes.names.joined(separator: ", "))")
        }
        return theme
    }
}
