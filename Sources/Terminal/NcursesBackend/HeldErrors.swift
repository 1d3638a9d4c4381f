import Glibc

/// Keeps stderr off the screen: a library's warning would tear the picture, a trap's message would vanish with it.
///
/// While the screen is open file descriptor 2 is a file without a name; closing the screen, or the crash handler, copies
/// it to the real stderr.
enum HeldErrors {
    /// Diverts stderr where it is a terminal; a stderr that goes to a file stays as it is.
    static func divert(_ state: UnsafeMutablePointer<SignalState>) {
        guard isatty(2) == 1 else { return }
        let real = dup(2)
        guard real >= 0 else { return }
        var path = Array("/tmp/pare-stderr-XXXXXX".utf8CString)
        let held = mkstemp(&path)
        guard held >= 0 else {
            close(real)
            return
        }
        unlink(&path)
        _ = fcntl(held, F_SETFD, FD_CLOEXEC)
        _ = fcntl(real, F_SETFD, FD_CLOEXEC)
        fflush(nil)
        dup2(held, 2)
        state.pointee.heldErrors = held
        state.pointee.realErrors = real
    }

    /// Gives stderr back and shows what was held.
    static func giveBack(_ state: UnsafeMutablePointer<SignalState>) {
        let (held, real) = (state.pointee.heldErrors, state.pointee.realErrors)
        guard held >= 0 else { return }
        fflush(nil)
        dup2(real, 2)
        replayErrors(state)
        state.pointee.heldErrors = -1
        state.pointee.realErrors = -1
        close(held)
        close(real)
    }
}
