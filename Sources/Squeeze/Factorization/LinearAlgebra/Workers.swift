import Basics
import COpenBLAS
import Dispatch
import Glibc
import Synchronization

/// How many threads of our own a step of linear algebra is split over.
///
/// Products are cut into independent tiles, each of which OpenBLAS does on the thread that asks. Its own threads stay off: their
/// number is a setting of the whole process, they spin after each call, and in many releases concurrent calls that are
/// split themselves may corrupt each other's results (OpenMathLib/OpenBLAS#5620).
struct Workers: Sendable {
    let count: Int

    /// The calling thread alone.
    static let one = Workers(count: 1)

    /// One a core, or on a thread of raised niceness that thread alone: those it called to its aid would not stand back.
    static var available: Workers {
        let isInBackground = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) > 0
        return isInBackground ? .one : Workers(count: coreCount)
    }

    /// Rows of a block that one worker takes at a time, of `extent`: an eighth of them, between 16 and `most`.
    ///
    /// It depends on the extent alone, never on how many workers there are: the library rounds a product's elements by where they
    /// lie in their block, and the same weights must have the same factors on every number of cores.
    static func blockLength(of extent: Int, most: Int) -> Int { max(16, min(most, (extent + 7) / 8)) }

    /// Calls `body` with each of `0..<pieces`, in any order and on several threads. Stops early, and throws, when cancelled.
    func run(_ pieces: Int, cancellation: CancellationToken?, _ body: (Int) -> Void) throws(FactorizationError) {
        let teamSize = max(1, min(count, pieces))
        _ = openBLASOnOneThread
        let next = Atomic(0)
        func work() {
            while cancellation?.isCancelled != true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                body(piece)
            }
        }
        if teamSize == 1 {
            work()
        } else {
            withoutActuallyEscaping(work) { work in
                // Each piece is taken by one thread only; `concurrentPerform` returns when all are done.
                nonisolated(unsafe) let work = work
                DispatchQueue.concurrentPerform(iterations: teamSize) { _ in work() }
            }
        }
        try check(cancellation)
    }
}

private let coreCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

func check(_ cancellation: CancellationToken?) throws(FactorizationError) {
    if cancellation?.isCancelled == true { throw .cancelled }
}

/// OpenBLAS starts with a thread a core; what is touched before each first use has told it otherwise.
let openBLASOnOneThread: Void = pare_blas_set_threads(1)
