import CNcurses
import Glibc
import Synchronization
import TerminalUI

/// The terminal as a screen to draw on and a stream of events; one at a time, used from one thread.
///
/// ncurses owns the output: capabilities, modes, and what is written for a changed cell. Input is read and parsed here,
/// for ncurses knows neither drags nor columns beyond 223 of every terminal, nor pastes.
public final class Terminal {
    /// Colours the terminal shows; mono under NO_COLOR.
    public let colorDepth: ColorDepth
    /// Unicode in a UTF-8 locale, else ASCII.
    public let glyphs: GlyphSet
    /// The terminfo entry in use: TERM, or the one that stood in for it.
    public let type: String
    /// Columns and rows.
    public internal(set) var size: Size

    let input: Int32
    let output: Int32
    let screen: OpaquePointer
    let signalPipe: Int32
    var parser: InputParser
    var painter: Painter
    var isOpen = true
    var isHungUp = false
    /// Whether the screen shows Pare: not while it is suspended.
    var isOnScreen = true
    /// Signals that came and were not acted on yet.
    var seenSignals: Set<Int32> = []
    /// What the terminal's answers tell of it.
    var echo = TerminalEcho()
    private let inputFile: UnsafeMutablePointer<FILE>
    let frames: FrameOutput
    let enableModes: [UInt8]
    let disableModes: [UInt8]
    /// What signals did before the screen was opened.
    private let actionsBefore: [(signal: Int32, action: sigaction)]

    /// Opens the screen: alternate buffer, hidden cursor, mouse and paste reports, signal and crash handlers.
    public init() throws(TerminalError) {
        guard isatty(1) == 1 else { throw .notATerminal(stream: "output") }
        output = 1
        input = 0
        guard isatty(0) == 1, let file = fdopen(dup(input), "r") else { throw .notATerminal(stream: "input") }
        inputFile = file
        guard let frames = FrameOutput(output) else { throw .system(call: "dup", reason: String(cString: strerror(errno))) }
        self.frames = frames
        let isUnicode = Environment.adoptCharacterSet()
        glyphs = isUnicode ? .unicode : .ascii
        // Exported by some shells, they would override the real size.
        unsetenv("COLUMNS")
        unsetenv("LINES")

        let state = Signals.state
        tcgetattr(input, &state.pointee.modes)
        // ncurses takes some signals for itself, and ends the program on them with a status of its own.
        actionsBefore = Signals.actions()
        let opened = try Self.openScreen(output: frames.file, input: file)
        screen = opened.screen
        type = opened.type
        set_term(screen)
        set_escdelay(25)
        pare_prepare()

        var depth = Environment.forbidsColor ? ColorDepth.mono : Environment.depth(colors: Int(pare_number("colors")))
        if depth > .mono, start_color() == ERR { depth = .mono }
        if depth > .mono { use_default_colors() }
        colorDepth = depth
        painter = Painter(depth: depth, isASCII: !isUnicode)
        parser = InputParser(sequences: Environment.keySequences())

        // Terminals that do not speak ECMA-48 get no reports to enable.
        let speaksControlSequences = Environment.capability("cup").hasPrefix("\u{1B}[")
        enableModes = speaksControlSequences ? Array("\u{1B}[?1002h\u{1B}[?1006h\u{1B}[?2004h".utf8) : []
        disableModes = speaksControlSequences ? Array("\u{1B}[?2004l\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l".utf8) : []
        size = .zero

        guard let pipe = Signals.openPipe() else {
            let reason = String(cString: strerror(errno))
            endwin()
            throw .system(call: "pipe", reason: reason)
        }
        signalPipe = pipe
        prepareReset(state)
        HeldErrors.divert(state)
        Signals.installAlternateStack()
        Signals.install()
        pare_refresh()
        writeAll(enableModes)
        askWhetherItAnswers()
        size = currentSize()
        adopt(size)
    }

    deinit { close() }

    /// Leaves the screen and gives the terminal, the signals and stderr back; again does nothing.
    ///
    /// Whoever closes the screen is about to end and may still be saving. So SIGHUP is ignored from then on, for a terminal that goes away
    /// must not cut that short; nor may a first SIGTERM, which asks for what is being done. Ctrl-C ends at once again.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        leave()
        Signals.restore(actionsBefore.filter { $0.signal != SIGHUP && $0.signal != SIGTERM })
        signal(SIGHUP, SIG_IGN)
        HeldErrors.giveBack(Signals.state)
        delscreen(screen)
        fclose(inputFile)
        frames.close()
    }

    /// Redraws everything at the next `present`, as another program may have written on the screen.
    public func invalidate() {
        painter.forget()
        pare_redraw_all()
    }

    /// Sounds the bell, or flashes.
    public func ring() { beep() }

    /// The size the kernel knows of the terminal; 80×24 where it knows none.
    func currentSize() -> Size {
        var window = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return size == .zero ? Size(width: 80, height: 24) : size
        }
        return Size(width: Int(window.ws_col), height: Int(window.ws_row))
    }

    /// Tells ncurses a new size.
    func adopt(_ size: Size) {
        resizeterm(Int32(clamping: size.height), Int32(clamping: size.width))
        painter.forget()
        pare_redraw_all()
    }

    func writeAll(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { write(output, $0.baseAddress?.advanced(by: start), bytes.count - start) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            start += count
        }
    }

    /// Lays down what the crash handler will write.
    private func prepareReset(_ state: UnsafeMutablePointer<SignalState>) {
        var reset = disableModes
        for capability in ["sgr0", "op", "cnorm", "rmcup", "rmkx"] { reset += Array(Environment.capability(capability).utf8) }
        reset += Array("\r\n".utf8)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: reset.count)
        memory.initialize(from: reset, count: reset.count)
        let previous = state.pointee.reset
        state.pointee.reset = memory
        state.pointee.resetCount = reset.count
        previous?.deallocate()
        state.pointee.output = output
        state.pointee.isEnding.store(false, ordering: .releasing)
        state.pointee.isActive.store(true, ordering: .releasing)
    }

    /// Opens the screen of TERM, in 24-bit colour where promised; of xterm-256color where TERM is unset or unknown.
    private static func openScreen(
        output: UnsafeMutablePointer<FILE>, input: UnsafeMutablePointer<FILE>
    ) throws(TerminalError) -> (screen: OpaquePointer, type: String) {
        let wanted = Environment.variable("TERM")
        for type in [wanted, "xterm-256color"].compactMap({ $0 }) {
            if Environment.promisesTrueColor, !Environment.forbidsColor, let screen = directScreen(type, output, input) {
                return (screen, type)
            }
            if let screen = pare_open(type, output, input) {
                // Another type than the terminal's own would only draw rubbish.
                guard pare_capability("cup") != nil else {
                    endwin()
                    delscreen(screen)
                    throw .tooSimple(name: type)
                }
                return (screen, type)
            }
            // A type may be known and still be refused, as a printer is.
            var status: Int32 = 0
            if setupterm(type, 1, &status) == OK || status == 1 { throw .tooSimple(name: type) }
        }
        throw .unknownType(name: wanted)
    }

    private static func directScreen(
        _ type: String, _ output: UnsafeMutablePointer<FILE>, _ input: UnsafeMutablePointer<FILE>
    ) -> OpaquePointer? {
        guard let entry = DirectColorEntry(type: type) else { return nil }
        let before = Environment.variable("TERMINFO")
        setenv("TERMINFO", entry.terminfo, 1)
        defer {
            if let before { setenv("TERMINFO", before, 1) } else { unsetenv("TERMINFO") }
        }
        return pare_open(DirectColorEntry.name, output, input)
    }
}
