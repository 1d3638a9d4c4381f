import Basics
import COpenBLAS

/// Threads that share independent pieces of work.
public enum Team {
    /// OpenBLAS's own threads stay off, see `Workers` in Factorization.
    public static let openBLASOnOneThread: Void = pare_blas_set_threads(1)

    /// Calls `body` with each of `0..<count`, in any order, on a thread a core; each thread makes a state of its own first.
    /// Stops early when cancelled. Pieces must not depend on which thread does them, so that results do not either.
    public static func each<State>(
        of count: Int, _ cancellation: CancellationToken?, state: @Sendable () -> State, body: @Sendable (Int, State) -> Void
    ) {
        _ = openBLASOnOneThread
        Workers(count: Machine.processorCount).run(count, cancellation: cancellation, makeState: state) { own, piece in body(piece, own) }
    }

    /// The same without a state.
    public static func each(of count: Int, _ cancellation: CancellationToken? = nil, body: @Sendable (Int) -> Void) {
        each(of: count, cancellation, state: {}, body: { piece, _ in body(piece) })
    }

    /// Half of the machine's memory.
    public static var memoryLimit: Int { Machine.memoryByteCount / 2 }
}
