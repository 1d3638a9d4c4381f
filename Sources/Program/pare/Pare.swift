import ArgumentParser
import Glibc

/// The program: explores a model when it is given one, or does one of the other commands.
@main
struct Pare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pare",
        abstract: "Explore how far a neural network can be compressed, and what it costs.",
        discussion: """
            pare MODEL opens the explorer; pare alone opens a start screen with a bundled demo. Where the output is not a \
            terminal, pare MODEL prints a plain-text report.
            """,
        version: "0.1.0",
        subcommands: [
            ExploreCommand.self, InspectCommand.self, EstimateCommand.self, CompressCommand.self, DecompressCommand.self,
            VerifyCommand.self, ScriptCommand.self, EvaluateCommand.self, SearchCommand.self, SensitivityCommand.self, FinetuneCommand.self, TrainCommand.self,
            ScreenshotCommand.self, DigitsCommand.self, ManualCommand.self,
        ],
        defaultSubcommand: ExploreCommand.self)

    static func main() {
        // A write beyond a limit on files then fails with words, as one on a full disk does.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
            Shell.leave(0)
        } catch let failure as Failure {
            Shell.error(failure.line)
            Shell.leave(1)
        } catch {
            let text = fullMessage(for: error)
            let code = exitCode(for: error)
            guard code != .success else {
                // Help and version, which were asked for.
                Shell.output(text)
                Shell.leave(0)
            }
            Shell.error(text)
            Shell.leave(code == .validationFailure ? 2 : 1)
        }
    }
}

/// Work that failed; `line` says what, where and how to mend it.
struct Failure: Error {
    let line: String

    init(_ message: String) { line = "pare: \(message)" }
}
