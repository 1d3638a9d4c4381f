import CNcurses
import Glibc
import Synchronization
import TerminalUI

/// What is known of whether a terminal answers the question what it is, DA1, and how soon.
struct TerminalEcho {
    /// A terminal that did not answer for so long does not.
    static let patience = Duration.seconds(1)
    /// What is still under way comes at least so often.
    static let quiet = Duration.milliseconds(30)
    /// The same while the wheel turns and the terminal may be far away.
    static let quietAfterMouse = Duration.milliseconds(120)

    /// When it was asked first; nil where it is not one to ask.
    var asked: ContinuousClock.Instant?
    /// When the mouse last said something.
    var mouse: ContinuousClock.Instant?
}

/// Leaving the screen for good or for a while, and coming back.
extension Terminal {
    private static let question = Array("\u{1B}[c".utf8)

    /// Whether the terminal is this program's to read from and to set; true where there is no job control.
    var isForeground: Bool {
        let group = tcgetpgrp(input)
        return group < 0 || group == getpgrp()
    }

    /// Asks what the terminal is, only to learn whether it answers: known before it is needed at the end.
    func askWhetherItAnswers() {
        guard !enableModes.isEmpty else { return }
        writeAll(Self.question)
        echo.asked = .now
    }

    /// Leaves the screen without giving up handlers: before stopping or ending.
    func leave() {
        guard isOnScreen else { return }
        isOnScreen = false
        let state = Signals.state
        defer { state.pointee.isActive.store(false, ordering: .releasing) }
        guard !isHungUp else { return }
        guard isForeground else {
            // The terminal's modes are those of whoever has it now, and to set them would stop the program.
            let before = signal(SIGTTOU, SIG_IGN)
            if let reset = state.pointee.reset { writeAll(Array(UnsafeBufferPointer(start: reset, count: state.pointee.resetCount))) }
            signal(SIGTTOU, before)
            return
        }
        writeAll(disableModes)
        discardInput()
        curs_set(1)
        if pare_capability("rmcup") == nil {
            // Without an alternate buffer the picture would stay under the prompt.
            pare_erase()
            pare_refresh()
        }
        endwin()
        tcsetattr(input, TCSANOW, &state.pointee.modes)
    }

    /// Comes back after `leave`.
    func enter() {
        isOnScreen = true
        Signals.state.pointee.isActive.store(true, ordering: .releasing)
        reset_prog_mode()
        painter.forget()
        pare_redraw_all()
        curs_set(0)
        pare_refresh()
        writeAll(enableModes)
        size = currentSize()
        adopt(size)
    }

    /// Stops the program and its process group as Ctrl-Z does, and comes back once it is continued with the terminal in its hands;
    /// continued without it (`bg`), what is computed goes on off the screen. Where it is to end it does not come back.
    public func suspend() {
        leave()
        signal(SIGTSTP, SIG_DFL)
        kill(0, SIGTSTP)
        // The stop may strike a moment later; where no shell could continue us it never does. SIGCONT ends the wait.
        waitForSignal(milliseconds: 100)
        Signals.catchStop()
        // A shell that brings a running program to the front sends nothing.
        while !isForeground, Signals.endings.isDisjoint(with: seenSignals) { waitForSignal(milliseconds: 100) }
        guard Signals.endings.isDisjoint(with: seenSignals) else { return }
        seenSignals = []
        enter()
    }

    private func waitForSignal(milliseconds: Int32) {
        var descriptor = pollfd(fd: signalPipe, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&descriptor, 1, milliseconds)
        collectSignals()
    }

    /// Empties the pipe that the handlers write to.
    func collectSignals() { seenSignals.formUnion(Signals.received(from: signalPipe)) }

    /// Reads and throws away what the terminal sent before it saw that reports are switched off: a wheel that still turns would
    /// type at the shell.
    ///
    /// A terminal that answers is asked, and what comes before the answer is the rest; of another, what comes until it is quiet.
    private func discardInput() {
        let start = ContinuousClock.now
        if parser.answerCount == 0, let asked = echo.asked, start < asked.advanced(by: TerminalEcho.patience) {
            // It was asked a moment ago, and may be about to answer.
            discard(until: start.advanced(by: TerminalEcho.quietAfterMouse)) { parser.answerCount > 0 }
        }
        if parser.answerCount > 0 {
            let answers = parser.answerCount
            writeAll(Self.question)
            discard(until: start.advanced(by: TerminalEcho.patience)) { parser.answerCount > answers }
            return
        }
        let isTurning = echo.mouse.map { $0.duration(to: start) < .seconds(1) } ?? false
        let quiet = isTurning ? TerminalEcho.quietAfterMouse : TerminalEcho.quiet
        let end = start.advanced(by: TerminalEcho.patience)
        var last = ContinuousClock.now
        while ContinuousClock.now < end, discardOnce(until: min(end, last.advanced(by: quiet))) { last = .now }
    }

    private func discard(until end: ContinuousClock.Instant, _ isDone: () -> Bool) {
        while !isDone(), discardOnce(until: end) {}
    }

    /// Waits for input until a time and drops it; false where none came.
    private func discardOnce(until end: ContinuousClock.Instant) -> Bool {
        var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        let wait = max(.zero, ContinuousClock.now.duration(to: end)) / .milliseconds(1)
        let ready = Glibc.poll(&descriptor, 1, Int32(wait.rounded(.up)))
        if ready < 0 { return errno == EINTR }
        guard ready > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(input, &buffer, buffer.count)
        guard count > 0 else { return false }
        _ = parser.feed(buffer[..<count], at: .now)
        return true
    }
}
