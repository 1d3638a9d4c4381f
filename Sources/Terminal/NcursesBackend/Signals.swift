import Glibc
import Synchronization

/// What the signal handlers need, in memory that never moves; handlers may do little more than `write`.
///
/// A handler runs on any thread, a library's among them, beside all others: what changes while handlers are installed is atomic.
struct SignalState: ~Copyable {
    /// The pipe that handlers write to and the main thread's `poll` reads. It is never closed: a handler may be about to write, and
    /// the descriptor's number may be a file's by then.
    var pipe: (read: Int32, write: Int32)?
    /// Where the reset goes.
    var output: Int32 = -1
    var reset: UnsafeMutablePointer<UInt8>?
    var resetCount = 0
    /// The terminal's modes before the screen was opened.
    var modes = termios()
    /// Whether the screen is open and needs the reset.
    let isActive = Atomic<Bool>(false)
    /// What was written to stderr meanwhile, and the real stderr; −1 where it was not diverted.
    var heldErrors: Int32 = -1
    var realErrors: Int32 = -1
    /// A first request to end has been passed on; a second ends at once.
    let isEnding = Atomic<Bool>(false)
}

/// Set once before the handlers are installed and never freed, so a handler always finds it.
nonisolated(unsafe) private var shared: UnsafeMutablePointer<SignalState>?

/// The program's signal handlers while a screen is open.
enum Signals {
    static let crashes: [Int32] = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGQUIT]
    /// Those that ask the program to end.
    static let endings: Set<Int32> = [SIGTERM, SIGHUP, SIGINT]
    private static let requests: [Int32] = [SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGTSTP, SIGCONT]

    /// The state, allocated on first use.
    static var state: UnsafeMutablePointer<SignalState> {
        if let shared { return shared }
        let state = UnsafeMutablePointer<SignalState>.allocate(capacity: 1)
        state.initialize(to: SignalState())
        shared = state
        return state
    }

    /// The end of the handlers' pipe that the main thread reads, empty; nil where there is none to be had.
    static func openPipe() -> Int32? {
        let state = state
        if let pipe = state.pointee.pipe {
            _ = received(from: pipe.read)
            return pipe.read
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        state.pointee.pipe = (ends[0], ends[1])
        return ends[0]
    }

    /// The signals that came since this was last asked.
    static func received(from pipe: Int32) -> Set<Int32> {
        var signals: Set<Int32> = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(pipe, &buffer, buffer.count)
            if count <= 0 { return signals }
            for byte in buffer[..<count] { signals.insert(Int32(byte)) }
        }
    }

    /// What the signals that `install` takes do now, for `restore`.
    static func actions() -> [(signal: Int32, action: sigaction)] {
        (requests + crashes).map { signal in
            var action = sigaction()
            sigaction(signal, nil, &action)
            return (signal, action)
        }
    }

    /// Installs the handlers.
    static func install() {
        for signal in requests { set(signal, request: true) }
        for signal in crashes { set(signal, request: false) }
    }

    static func restore(_ actions: [(signal: Int32, action: sigaction)]) {
        for (signal, action) in actions {
            var action = action
            sigaction(signal, &action, nil)
        }
    }

    /// Takes SIGTSTP for the program itself again after it was stopped.
    static func catchStop() { set(SIGTSTP, request: true) }

    private static func set(_ signal: Int32, request: Bool) {
        var action = sigaction()
        if request {
            action.__sigaction_handler.sa_handler = { passOn($0) }
            action.sa_flags = SA_RESTART
        } else {
            action.__sigaction_handler.sa_handler = { crash($0) }
            // A stack that overflowed cannot run the handler; SA_RESETHAND lets the second fault kill.
            action.sa_flags = SA_ONSTACK | Int32(bitPattern: UInt32(SA_RESETHAND))
        }
        sigemptyset(&action.sa_mask)
        sigaction(signal, &action, nil)
    }

    /// A stack of its own for the crash handler of the calling thread.
    static func installAlternateStack() {
        let size = 64 * 1024
        var stack = stack_t()
        // Never freed: it must outlive everything that can crash.
        stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        stack.ss_size = size
        sigaltstack(&stack, nil)
    }
}

/// Hands a signal to the main thread as one byte in the pipe.
private func passOn(_ signal: Int32) {
    let savedError = errno
    guard let state = shared, let pipe = state.pointee.pipe else { return }
    if signal == SIGTERM || signal == SIGINT, state.pointee.isEnding.exchange(true, ordering: .acquiringAndReleasing) {
        resetTerminal(state)
        _exit(128 + signal)
    }
    var byte = UInt8(truncatingIfNeeded: signal)
    // A full pipe already holds enough to wake the main thread.
    _ = write(pipe.write, &byte, 1)
    errno = savedError
}

/// Leaves a usable terminal, then lets the signal do what it does by default.
private func crash(_ signal: Int32) {
    if let state = shared { resetTerminal(state) }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = SIG_DFL
    sigaction(signal, &action, nil)
    // Blocked while the handler runs: it strikes on return.
    raise(signal)
}

/// Only `write`, `tcsetattr`, `lseek` and `read`: all safe in a handler (POSIX 2.4.3), no allocation.
private func resetTerminal(_ state: UnsafeMutablePointer<SignalState>) {
    guard state.pointee.isActive.exchange(false, ordering: .acquiringAndReleasing) else { return }
    if let reset = state.pointee.reset { _ = write(state.pointee.output, reset, state.pointee.resetCount) }
    tcsetattr(state.pointee.output, TCSANOW, &state.pointee.modes)
    replayErrors(state)
}

/// Writes to the real stderr what was held back while the screen was open: a trap's message among it.
func replayErrors(_ state: UnsafeMutablePointer<SignalState>) {
    let held = state.pointee.heldErrors
    guard held >= 0 else { return }
    lseek(held, 0, SEEK_SET)
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
        while true {
            // The buffer's 1024 bytes bound both calls.
            let count = read(held, buffer.baseAddress, buffer.count)
            if count <= 0 { break }
            _ = write(state.pointee.realErrors, buffer.baseAddress, count)
        }
    }
}
