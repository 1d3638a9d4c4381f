import ArgumentParser
import Compression
import Explorer
import Reports
import TerminalUI
import Workbench

struct ExploreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore", abstract: "Open the explorer: what pare does when no command is named.")

    @Argument(help: "The model; without one, a start screen with a bundled demo.", completion: .file())
    var model: String?

    @Option(name: .shortAndLong, help: "A recipe to begin with.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @OptionGroup var measuring: MeasuringOptions

    @OptionGroup var inputs: InputOptions

    @OptionGroup var appearance: AppearanceOptions

    func validate() throws {
        if !inputs.inputs.isEmpty, model == nil { throw ValidationError("--input needs a MODEL whose input it is") }
        if recipe != nil, model == nil { throw ValidationError("--recipe needs a MODEL to apply to") }
    }

    func run() throws {
        // What is wrong with the arguments is said before the screen is taken over.
        let themes = ThemeLibrary(environment: Shell.environment)
        let themeName = try appearance.themeName(themes)
        let data = try measuring.path()
        let opened = try model.map { try Opening.configuration($0, recipe: recipe, inputs: inputs, data: data) }
        guard Shell.outputIsTerminal else { return try report(opened, data) }
        guard Shell.inputIsTerminal else {
            throw Failure(
                "the explorer reads keys, but the standard input is no terminal; leave its redirection out, or read a plain-text report with pare MODEL | cat")
        }
        try ExplorerLoop(themes: themes, themeName: themeName, meters: measuring.meters(standsBack: true), data: data).run { session in
            if let opened { session.begin(opened.model, path: opened.path, recipe: recipe, plans: opened.plans, data: data) }
        }
    }

    /// The report for pipes and files.
    private func report(_ opened: Opening.Configuration?, _ data: String?) throws(Failure) {
        guard let opened else {
            throw Failure("the explorer needs a terminal; name a MODEL for a plain-text report, or see pare --help")
        }
        let calibration = try CalibrationOptions.known(opened, data: data)
        let text = try Opening.attempt {
            guard recipe != nil else { return TextReport.inspect(opened.model) }
            let network = try RecipeNetwork(
                of: opened.model, plans: opened.plans, calibration: calibration, data: DataChoice(path: data))
            return TextReport.estimate(try network.estimate(), of: network)
        }
        Shell.output(text)
        if opened.reconstruct != nil, calibration == nil {
            Shell.error("the recipe reconstructs: these figures are of the weights before that; name samples with --data for those after it")
        }
        guard let data else { return }
        let measured = try Opening.quality(of: opened, data: data, meters: measuring.meters(standsBack: false), calibration: calibration)
        Shell.output("\n" + TextReport.quality(measured))
    }
}

/// Options of the commands that draw.
struct AppearanceOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "A theme: a bundled one, or one of yours in $XDG_CONFIG_HOME/pare/themes.")
    var theme: String?

    /// The theme that was asked for, else the one chosen last, else the default.
    func themeName(_ themes: ThemeLibrary) throws(Failure) -> String {
        guard let theme else {
            let remembered = Memory(environment: Shell.environment).theme
            return remembered.flatMap { themes.names.contains($0) ? $0 : nil } ?? ThemeLibrary.defaultName
        }
        guard themes.names.contains(theme) else {
            // One of theirs that cannot be read is not among the names.
            let own = [".yaml", ".yml"].map { "/\(theme)\($0):" }
            if let problem = themes.problems.first(where: { problem in own.contains { problem.contains($0) } }) { throw Failure(problem) }
            throw Failure("there is no theme \(theme); there are \(themes.names.joined(separator: ", "))")
        }
        return theme
    }
}
