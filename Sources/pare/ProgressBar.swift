import Glibc

/// A line on the standard error that shows how far work has come; draws nothing where that is no terminal.
struct ProgressBar: ~Copyable {
    private let isShown = isatty(STDERR_FILENO) == 1
    /// Clears the line from its beginning.
    private static let clearing = "\r\u{1b}[K"

    init() {
        guard isShown else { return }
        // An interrupted line is cleared before the program ends as it would have.
        signal(SIGINT) { number in
            let bytes: (UInt8, UInt8, UInt8, UInt8) = (0x0d, 0x1b, 0x5b, 0x4b)
            withUnsafeBytes(of: bytes) { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
            signal(number, SIG_DFL)
            raise(number)
        }
    }

    /// Draws the bar at a fraction, with words behind it as far as the terminal is wide.
    func show(_ fraction: Double, _ words: String) {
        guard isShown else { return }
        let width = 24
        let filled = Int((min(1, max(0, fraction)) * Double(width)).rounded())
        let bar = String(repeating: "=", count: filled) + String(repeating: "-", count: width - filled)
        let room = max(0, columns - width - 4)
        Shell.errorText("\(Self.clearing)[\(bar)] \(words.prefix(room))")
    }

    /// Takes the line away.
    func clear() {
        guard isShown else { return }
        Shell.errorText(Self.clearing)
        signal(SIGINT, SIG_DFL)
    }

    private var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
