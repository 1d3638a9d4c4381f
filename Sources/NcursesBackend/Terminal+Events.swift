import Glibc
import TerminalUI

extension Terminal {
    /// What `poll` found.
    public struct Wake: Sendable, Hashable {
        /// What happened at the terminal, in order.
        public var events: [InputEvent] = []
        /// Whether the caller's own file descriptor can be read.
        public var isExtraReadable = false
        /// Whether the time was up before anything happened.
        public var isTimeout: Bool { events.isEmpty && !isExtraReadable }
    }

    /// A lone escape byte is the Escape key when nothing follows for this long, in milliseconds.
    private static let escapeDelay: Int32 = 25

    /// Sleeps until something happens: at the terminal, at `extra` (a file descriptor), or after `timeout`.
    ///
    /// Without a timeout nothing wakes an idle program. Ctrl-Z is not reported: it stops the program, and a resize follows.
    public func poll(extra: Int32? = nil, timeout: Duration? = nil) -> Wake {
        var wake = Wake()
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now.advanced(by: $0) }
        while wake.events.isEmpty, !wake.isExtraReadable {
            var wait: Int32 = -1
            if let deadline { wait = milliseconds(deadline - clock.now) }
            if parser.isWaiting { wait = wait < 0 ? Self.escapeDelay : min(wait, Self.escapeDelay) }
            // A negative descriptor is passed over by poll(2).
            var descriptors = [
                pollfd(fd: isHungUp ? -1 : input, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signalPipe, events: Int16(POLLIN), revents: 0),
                pollfd(fd: extra ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = Glibc.poll(&descriptors, nfds_t(descriptors.count), wait)
            if ready < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                wake.events.append(.hangUp)
                isHungUp = true
                break
            }
            if ready == 0 {
                if parser.isWaiting { wake.events += commands(parser.flush()) }
                if let deadline, clock.now >= deadline { break }
                continue
            }
            if descriptors[1].revents != 0 { wake.events += signalEvents() }
            if descriptors[0].revents != 0 { wake.events += inputEvents() }
            if descriptors[2].revents != 0 { wake.isExtraReadable = true }
        }
        wake.events = Self.merged(wake.events)
        return wake
    }

    /// Shows a grid: only what differs from the last one is written.
    public func present(_ grid: CellGrid) {
        guard isOpen, !isHungUp else { return }
        painter.present(grid)
    }

    /// Stops the program and its process group as Ctrl-Z does, and comes back when it is continued.
    public func suspend() {
        leave()
        signal(SIGTSTP, SIG_DFL)
        kill(0, SIGTSTP)
        // The stop may strike a moment later; where no shell could continue us it never does. SIGCONT ends the wait.
        var descriptor = pollfd(fd: signalPipe, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&descriptor, 1, 100)
        Signals.catchStop()
        enter()
    }

    private func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        if seconds > 1_000_000 { return 1_000_000_000 }
        // Rounded up: waking a moment early would turn the wait into a loop.
        return Int32(max(0, seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }

    private func inputEvents() -> [InputEvent] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(input, &buffer, buffer.count)
        if count > 0 { return commands(parser.feed(buffer[..<count])) }
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        isHungUp = true
        return [.hangUp]
    }

    /// Ctrl-Z is obeyed here, as the terminal's modes are this class's business.
    private func commands(_ events: [InputEvent]) -> [InputEvent] {
        var rest: [InputEvent] = []
        for event in events {
            if event == .key(.control("z")) {
                suspend()
                rest.append(.resize(size))
            } else {
                rest.append(event)
            }
        }
        return rest
    }

    /// Empties the pipe; a storm of size changes becomes one event.
    private func signalEvents() -> [InputEvent] {
        var events: [InputEvent] = []
        var seen: Set<Int32> = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(signalPipe, &buffer, buffer.count)
            if count <= 0 { break }
            for byte in buffer[..<count] { seen.insert(Int32(byte)) }
        }
        if seen.contains(SIGTSTP) {
            suspend()
            events.append(.resize(size))
        } else if seen.contains(SIGCONT) {
            // Stopped by another's hand: the shell has set its own modes meanwhile.
            enter()
            events.append(.resize(size))
        } else if seen.contains(SIGWINCH) {
            let now = currentSize()
            if now != size {
                size = now
                adopt(now)
                events.append(.resize(now))
            }
        }
        if seen.contains(SIGHUP) {
            isHungUp = true
            events.append(.hangUp)
        }
        for signal in [SIGTERM, SIGINT] where seen.contains(signal) { events.append(.terminate(signal: signal)) }
        return events
    }

    /// Of movements in a row only the last counts: the picture must keep up with the hand.
    static func merged(_ events: [InputEvent]) -> [InputEvent] {
        var result: [InputEvent] = []
        for event in events {
            if case .mouse(let new) = event, case .mouse(let old)? = result.last, new.kind == old.kind,
                new.button == old.button,
                new.kind == .drag || new.kind == .move, new.modifiers == old.modifiers
            {
                result[result.count - 1] = event
            } else if case .resize = event, case .resize? = result.last {
                result[result.count - 1] = event
            } else {
                result.append(event)
            }
        }
        return result
    }
}
