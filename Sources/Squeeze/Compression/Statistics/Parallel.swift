import Basics
import Synchronization

/// Splits `0..<count` into pieces of `pieceLength` and hands them to the workers there are, each taking the next piece when it is
/// free. `makeState` gives each worker a state of its own; the states come back in the order of the workers.
///
/// Pieces are not begun once the token is cancelled; the caller checks the token afterwards. `progress` is called with
/// rising fractions, from any worker, never from two at a time.
func inPieces<State>(
    of pieceLength: Int, count: Int, cancellation: CancellationToken?, progress: (@Sendable (Double) -> Void)? = nil,
    makeState: () -> State, _ body: (inout State, _ piece: Int, Range<Int>) -> Void
) -> [State] {
    let pieceCount = (count + pieceLength - 1) / pieceLength
    let reported = Mutex(0)
    return Workers.available.run(pieceCount, cancellation: cancellation, makeState: makeState) { state, piece in
        body(&state, piece, piece * pieceLength..<min((piece + 1) * pieceLength, count))
        guard let progress else { return }
        reported.withLock { done in
            done += 1
            progress(Double(done) / Double(pieceCount))
        }
    }
}
