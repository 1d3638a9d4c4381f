import Glibc

/// A stack for the signal handlers of a thread, without which one whose own stack overflowed could not restore the terminal.
enum FaultStack {
    private static let byteCount = 64 * 1024

    /// Frees a thread's stack when it ends.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { memory in
            var none = stack_t()
            none.ss_flags = Int32(SS_DISABLE)
            sigaltstack(&none, nil)
            free(memory)
        }
        return key
    }()

    /// Gives the calling thread such a stack unless it has one.
    static func prepare() {
        var current = stack_t()
        guard sigaltstack(nil, &current) == 0, current.ss_flags & Int32(SS_DISABLE) != 0, let memory = malloc(byteCount) else { return }
        var stack = stack_t()
        stack.ss_sp = memory
        stack.ss_size = byteCount
        guard sigaltstack(&stack, nil) == 0, pthread_setspecific(key, memory) == 0 else { return free(memory) }
    }
}
