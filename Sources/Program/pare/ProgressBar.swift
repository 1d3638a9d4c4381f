import Basics
import Glibc
import Reports

/// A line on the standard error that shows how far work has come; draws nothing where that is no terminal.
///
///     [=========---------------] 38%  24/64  1.61/4.29 GB  212 MB/s  0:13 left  writing model.pare
struct ProgressBar: ~Copyable {
    private let isShown = isatty(STDERR_FILENO) == 1
    /// Clears the line from its beginning.
    private static let clearing = "\r\u{1b}[K"
    private static let barWidth = 24
    /// The bar is drawn at most so often.
    private static let interval = Duration.milliseconds(100)
    /// Rates are told after so much time, when they mean something.
    private static let settling = Duration.milliseconds(500)

    private var stage = ""
    private var begun = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    init() {
        guard isShown else { return }
        // An interrupted line is cleared before the program ends as it would have. What it was writing has no name yet.
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                let bytes: (UInt8, UInt8, UInt8, UInt8) = (0x0d, 0x1b, 0x5b, 0x4b)
                withUnsafeBytes(of: bytes) { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// Draws the bar at a fraction, with words behind it as far as the terminal is wide.
    func show(_ fraction: Double, _ words: String) {
        guard isShown else { return }
        let filled = Int((min(1, max(0, fraction)) * Double(Self.barWidth)).rounded())
        let bar = String(repeating: "=", count: filled) + String(repeating: "-", count: Self.barWidth - filled)
        let room = max(0, columns - Self.barWidth - 4)
        Shell.errorText("\(Self.clearing)[\(bar)] \(words.prefix(room))")
    }

    /// Draws how far a stage of the work has come, with its rate and the time that is left.
    mutating func show(_ progress: WorkProgress, _ stage: String) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if stage != self.stage {
            self.stage = stage
            begun = now
            drawn = nil
        }
        if let drawn, drawn.duration(to: now) < Self.interval { return }
        drawn = now
        let percent = "\(Int(progress.fraction * 100))%"
        var words = [
            String(repeating: " ", count: 4 - percent.count) + percent, "\(progress.doneCount)/\(progress.count)",
            "\(NumberText.bytes(progress.doneByteCount)) of \(NumberText.bytes(progress.byteCount))",
        ]
        let elapsed = begun.duration(to: now)
        if elapsed > Self.settling, progress.doneByteCount > 0 {
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            words.append("\(NumberText.bytes(Int(Double(progress.doneByteCount) / seconds)))/s")
            words.append("\(NumberText.clock(seconds * (1 / progress.fraction - 1))) left")
        }
        show(progress.fraction, (words + [stage]).joined(separator: "  "))
    }

    /// Takes the line away.
    func clear() {
        guard isShown else { return }
        Shell.errorText(Self.clearing)
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }

    private var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
