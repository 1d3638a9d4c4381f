import ArgumentParser
import Basics
import Explorer
import Jobs
import Reports
import TerminalUI

struct ScreenshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screenshot", abstract: "Draw a screen of the explorer off-screen, after a sequence of keys.",
        discussion: """
            KEYS are names separated by blanks, such as "j j space / 'conv' enter 4 l l"; text in quotes is typed letter \
            by letter. Pare waits after each key until nothing is left to compute, so the picture is always the same.
            """)

    @Argument(help: "The model; without one, the start screen.", completion: .file())
    var model: String?

    @Option(name: .shortAndLong, help: "A recipe to begin with.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(name: .shortAndLong, help: "Keys to press, in order.")
    var keys = ""

    @Option(name: .shortAndLong, help: "Columns × rows.")
    var size: ScreenSize = ScreenSize(Size(width: 120, height: 34))

    @OptionGroup var measuring: MeasuringOptions

    @OptionGroup var inputs: InputOptions

    @OptionGroup var appearance: AppearanceOptions

    @Option(help: "Colours of the terminal: 24bit, 256, 16, 8 or mono.")
    var colors: ScreenColors = .trueColor

    @Flag(help: "Draw with ASCII signs only.")
    var ascii = false

    @Option(
        name: .shortAndLong, help: "The picture: .svg, .txt for its characters alone, or .json for the header's figures.",
        completion: .file(extensions: ["svg", "txt", "json"]))
    var output: String

    func validate() throws {
        guard [".svg", ".txt", ".json"].contains(where: output.hasSuffix) else {
            throw ValidationError("\(output) must end in .svg, .txt or .json")
        }
    }

    func run() throws {
        let themes = ThemeLibrary(environment: Shell.environment)
        let themeName = try appearance.themeName(themes)
        let script: [Key]
        do {
            script = try Key.sequence(parsing: keys)
        } catch {
            throw Failure("--keys: \(error)")
        }
        let data = try measuring.path()
        let opened = try model.map { try Opening.configuration($0, recipe: recipe, inputs: inputs, data: data) }
        let session: Session
        do {
            // Pictures are made without memory of what was opened before, so that they are always the same.
            session = try Session(memory: Memory(environment: [:]), meters: measuring.meters(standsBack: false))
        } catch {
            throw Failure("no pipe can be opened (system error \(error.code))")
        }
        var driver = Driver(
            state: ExplorerState(
                size: size.size, start: StartScreen(recents: [], now: 0, data: data), themeName: themeName, themeNames: themes.names,
                problems: themes.problems),
            session: session)
        if let opened { session.begin(opened.model, path: opened.path, recipe: recipe, plans: opened.plans, data: data) }
        _ = driver.runUntilIdle()
        for key in script {
            let requests = driver.handle([.input(.key(key))]) + driver.runUntilIdle()
            if requests.contains(.quit) { break }
        }
        let look = Appearance(
            theme: themes[driver.state.themeName], depth: colors.depth, glyphs: ascii ? .ascii : .unicode)
        let drawn = driver.frame(look)
        // As the terminal does it, for signs that stand in texts.
        let frame = ascii ? drawn.asciified() : drawn
        let text =
            if output.hasSuffix(".json") {
                try JSONText.of(ScreenReport(driver.state)) + "\n"
            } else if output.hasSuffix(".svg") {
                SVGRenderer(theme: look.theme, depth: look.depth).svg(frame)
            } else {
                frame.text + "\n"
            }
        do throws(AtomicFile.Failure) {
            try AtomicFile.write(Array(text.utf8), to: output)
        } catch {
            throw Failure("\(output) cannot be written: \(error)")
        }
    }
}

/// A screen size as it is written on the command line: `120x40`.
struct ScreenSize: ExpressibleByArgument {
    let size: Size

    init(_ size: Size) { self.size = size }

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x").map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], (1...1000).contains(width),
            (1...1000).contains(height)
        else { return nil }
        size = Size(width: width, height: height)
    }

    var defaultValueDescription: String { "\(size.width)x\(size.height)" }
}

/// A number of colours as it is written on the command line.
enum ScreenColors: String, ExpressibleByArgument, CaseIterable {
    case trueColor = "24bit"
    case colors256 = "256"
    case colors16 = "16"
    case colors8 = "8"
    case mono

    var depth: ColorDepth {
        switch self {
        case .trueColor: .trueColor
        case .colors256: .colors256
        case .colors16: .colors16
        case .colors8: .colors8
        case .mono: .mono
        }
    }
}
