import Basics
import COpenBLAS
import Dispatch
import Glibc
import Synchronization

/// Threads that share independent pieces of work.
enum Team {
    private static let coreCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// OpenBLAS's own threads stay off, see `Workers` in Factorization.
    static let openBLASOnOneThread: Void = pare_blas_set_threads(1)

    /// Calls `body` with each of `0..<count`, in any order, on a thread a core; each thread makes a state of its own first.
    /// Stops early when cancelled. Pieces must not depend on which thread does them, so that results do not either.
    static func each<State>(
        of count: Int, _ cancellation: CancellationToken?, state: @Sendable () -> State, body: @Sendable (Int, State) -> Void
    ) {
        _ = openBLASOnOneThread
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(coreCount, count))) { _ in
            let own = state()
            while cancellation?.isCancelled != true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < count else { return }
                body(piece, own)
            }
        }
    }

    static func each(of count: Int, _ cancellation: CancellationToken? = nil, body: @Sendable (Int) -> Void) {
        each(of: count, cancellation, state: {}, body: { piece, _ in body(piece) })
    }

    /// Half of the machine's memory.
    static var memoryLimit: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) / 2 * Int(sysconf(Int32(_SC_PAGESIZE))) }
}
