import COpenBLAS
import Dispatch
import Glibc
import Synchronization
import TensorCore

/// How many threads of our own a step of linear algebra is split over.
///
/// Every product is cut into independent tiles that run on OpenBLAS with one thread each. OpenBLAS's own threads are a
/// setting of the whole process, serve one caller at a time and spin after each call, so they are left alone but for large
/// eigenproblems (`BLASThreads.borrow`), whose steps cannot be cut from outside.
struct Workers: Sendable {
    let count: Int

    /// The calling thread alone.
    static let one = Workers(count: 1)

    /// One a core, or on a thread of raised niceness that thread alone: those it called to its aid would not stand back.
    static var available: Workers {
        let isInBackground = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) > 0
        return isInBackground ? .one : Workers(count: coreCount)
    }

    /// Calls `body` with each of `0..<pieces`, in any order and on several threads. Stops early, and throws, when cancelled.
    func run(_ pieces: Int, cancellation: CancellationToken?, _ body: (Int) -> Void) throws(FactorizationError) {
        let teamSize = max(1, min(count, pieces))
        BLASThreads.useOne()
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

/// OpenBLAS's own threads: one, but while a large eigenproblem runs with nothing else beside it.
enum BLASThreads {
    private static let borrowers: Mutex<Int> = {
        pare_blas_set_threads(1)
        return Mutex(0)
    }()

    /// Sees to it that OpenBLAS, which starts with a thread a core, has been told otherwise once.
    static func useOne() { borrowers.withLock { _ in } }

    /// Runs `body` with OpenBLAS on all of `workers`, unless another already does. A product that runs elsewhere meanwhile
    /// may be split too: slower, never wrong.
    static func borrow<Result>(for workers: Workers, _ body: () -> Result) -> Result {
        let isFirst = borrowers.withLock { count in
            count += 1
            if count == 1, workers.count > 1 { pare_blas_set_threads(Int32(workers.count)) }
            return count == 1
        }
        defer {
            borrowers.withLock { count in
                count -= 1
                if isFirst, workers.count > 1 { pare_blas_set_threads(1) }
            }
        }
        return body()
    }
}
