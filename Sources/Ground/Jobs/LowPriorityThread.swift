import Basics
import Glibc

/// Runs `body` on a thread of its own whose niceness is raised (by 10, so that it gets about a tenth of a contended core).
///
/// The queues of libdispatch share their threads and do not lower them on Linux, hence a thread made here. It takes no
/// signals: they belong to the thread that sleeps in `poll`. False where the system has no thread left.
public func startLowPriorityThread(niceness: Int32 = 10, _ body: @escaping @Sendable () -> Void) -> Bool {
    let box = Unmanaged.passRetained(ThreadBody(niceness, body))
    var everySignal = sigset_t()
    var before = sigset_t()
    sigfillset(&everySignal)
    // Faults of the thread itself must still reach the handler that restores the terminal.
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] { sigdelset(&everySignal, fault) }
    pthread_sigmask(SIG_SETMASK, &everySignal, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            // 0 is the calling thread: Linux keeps a niceness for each, and a new one has that of its maker.
            let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
            let process = __priority_which_t(PRIO_PROCESS.rawValue)
            setpriority(process, 0, getpriority(process, 0) + body.niceness)
            FaultStack.prepare()
            StandingBack.$isCurrent.withValue(body.niceness > 0) { body.run() }
            return nil
        }, box.toOpaque())
    guard code == 0 else {
        box.release()
        return false
    }
    pthread_detach(thread)
    return true
}

private final class ThreadBody: Sendable {
    let niceness: Int32
    let run: @Sendable () -> Void

    init(_ niceness: Int32, _ run: @escaping @Sendable () -> Void) {
        self.niceness = niceness
        self.run = run
    }
}
