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

    /// Sleeps until something happens: at the terminal, at `extra` (a file descriptor), or after `timeout`.
    ///
    /// Without a timeout nothing wakes an idle program. Ctrl-Z is not reported: it stops the program, and a resize follows.
    public func poll(extra: Int32? = nil, timeout: Duration? = nil) -> Wake {
        var wake = Wake()
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now.advanced(by: $0) }
        while wake.events.isEmpty, !wake.isExtraReadable {
            if !seenSignals.isEmpty {
                wake.events += signalEvents()
                continue
            }
            var wait: Int32 = -1
            if let end = [deadline, parser.deadline].compactMap({ $0 }).min() { wait = milliseconds(end - clock.now) }
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
                wake.events += commands(parser.expire(at: clock.now))
                if let deadline, clock.now >= deadline { break }
                continue
            }
            if descriptors[1].revents != 0 {
                collectSignals()
                wake.events += signalEvents()
            }
            if descriptors[0].revents != 0 { wake.events += inputEvents() }
            if descriptors[2].revents != 0 { wake.isExtraReadable = true }
        }
        wake.events = Self.merged(wake.events)
        return wake
    }

    /// Shows a grid: only what differs from the last one is written.
    public func present(_ grid: CellGrid) {
        guard isOnScreen, !isHungUp else { return }
        writeAll(frames.collect { painter.present(grid) })
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
        if count > 0 {
            let events = parser.feed(buffer[..<count], at: .now)
            if events.contains(where: { if case .mouse = $0 { true } else { false } }) { echo.mouse = .now }
            return commands(events)
        }
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

    /// What the signals mean that came since; a storm of size changes becomes one event.
    private func signalEvents() -> [InputEvent] {
        var events: [InputEvent] = []
        let seen = seenSignals
        seenSignals = []
        // Who is to end does not come back to the screen first.
        if Signals.endings.isDisjoint(with: seen) {
            events += screenEvents(seen)
        }
        if seen.contains(SIGHUP) {
            isHungUp = true
            events.append(.hangUp)
        }
        for signal in [SIGTERM, SIGINT] where seen.contains(signal) { events.append(.terminate(signal: signal)) }
        return events
    }

    private func screenEvents(_ seen: Set<Int32>) -> [InputEvent] {
        if seen.contains(SIGTSTP) {
            suspend()
            return [.resize(size)]
        }
        if seen.contains(SIGCONT) {
            // Stopped by another's hand: the shell has set its own modes meanwhile, or has not given the terminal back.
            if isForeground { enter() } else { suspend() }
            return [.resize(size)]
        }
        guard seen.contains(SIGWINCH) else { return [] }
        let now = currentSize()
        guard now != size else { return [] }
        size = now
        adopt(now)
        return [.resize(now)]
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
