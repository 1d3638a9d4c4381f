import Basics
import Dispatch
import Glibc
import Synchronization

/// Splits `0..<count` into pieces of `pieceLength` and hands them to one worker a core (on a thread of raised niceness to
/// itself alone), each taking the next piece when it is free. `makeState` gives each worker a state of its own; the states come back in the order of the workers.
///
/// Pieces are not begun once the token is cancelled; the caller checks the token afterwards. `progress` is called with
/// rising fractions, from any worker, never from two at a time.
func inPieces<State>(
    of pieceLength: Int, count: Int, cancellation: CancellationToken?, progress: (@Sendable (Double) -> Void)? = nil,
    makeState: () -> State, _ body: (inout State, _ piece: Int, Range<Int>) -> Void
) -> [State] {
    let pieceCount = (count + pieceLength - 1) / pieceLength
    // A thread that was asked to stand back calls no others to its aid: they would not stand back.
    let isInBackground = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) > 0
    let workerCount = isInBackground ? 1 : max(1, min(pieceCount, workerLimit))
    let next = Atomic(0)
    let reported = Mutex(0)
    func work(_ state: inout State) {
        while cancellation?.isCancelled != true {
            let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard piece < pieceCount else { return }
            body(&state, piece, piece * pieceLength..<min((piece + 1) * pieceLength, count))
            guard let progress else { continue }
            reported.withLock { done in
                done += 1
                progress(Double(done) / Double(pieceCount))
            }
        }
    }
    var states = (0..<workerCount).map { _ in makeState() }
    if workerCount == 1 {
        work(&states[0])
        return states
    }
    states.withUnsafeMutableBufferPointer { buffer in
        // Each iteration touches the state of its own index only.
        nonisolated(unsafe) let buffer = buffer
        withoutActuallyEscaping(work) { work in
            nonisolated(unsafe) let work = work
            DispatchQueue.concurrentPerform(iterations: workerCount) { work(&buffer[$0]) }
        }
    }
    return states
}

/// Workers a pass is split over: one a core.
private let workerLimit = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
