import FoundationEssentials
import Glibc

/// What the shell gives to the program: the standard streams and the environment.
enum Shell {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Columns of the terminal that the standard output is; nil where it is none.
    static var outputWidth: Int? {
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// The environment's variables.
    static let environment = ProcessInfo.processInfo.environment

    /// Writes a line to the standard error.
    static func error(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Writes text as it is to the standard error.
    static func errorText(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes a line to the standard output; a reader that went away ends the program as it ends others.
    static func output(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// Ends the program at once, with a status: what other threads are at is dropped.
    ///
    /// `exit` would tear down the libraries, oneDNN's and OpenBLAS's among them, under threads that still run their code.
    static func leave(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
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
