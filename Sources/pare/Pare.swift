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
            ExploreCommand.self, InspectCommand.self, EstimateCommand.self, ScreenshotCommand.self, DigitsCommand.self,
            ManualCommand.self,
        ],
        defaultSubcommand: ExploreCommand.self)

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as Failure {
            Standard.error(failure.line)
            Glibc.exit(1)
        } catch {
            let text = fullMessage(for: error)
            let code = exitCode(for: error)
            guard code != .success else {
                // Help and version, which were asked for.
                print(text)
                Glibc.exit(0)
            }
            Standard.error(text)
            Glibc.exit(code == .validationFailure ? 2 : 1)
        }
    }
}

/// Work that failed; `line` says what, where and how to mend it.
struct Failure: Error {
    let line: String

    init(_ message: String) { line = "pare: \(message)" }
}

/// The standard streams.
enum Standard {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Writes a line to the standard error.
    static func error(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Writes a line to the standard output; a reader that went away ends the program as it ends others.
    static func output(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
