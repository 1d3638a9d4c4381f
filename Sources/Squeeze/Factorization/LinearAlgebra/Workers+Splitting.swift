import Basics
import COpenBLAS

/// How many threads of our own a step of linear algebra is split over.
///
/// Products are cut into independent tiles, each of which OpenBLAS does on the thread that asks. Its own threads stay off: their
/// number is a setting of the whole process, they spin after each call, and in many releases concurrent calls that are
/// split themselves may corrupt each other's results (OpenMathLib/OpenBLAS#5620).
extension Workers {
    /// Calls `body` with each of `0..<pieces`, in any order and on several threads. Stops early, and throws, when cancelled.
    func split(_ pieces: Int, cancellation: CancellationToken?, _ body: (Int) -> Void) throws(FactorizationError) {
        _ = openBLASOnOneThread
        run(pieces, cancellation: cancellation, body)
        try check(cancellation)
    }

    /// Rows of a block that one worker takes at a time, of `extent`: an eighth of them, between 16 and `most`.
    ///
    /// It depends on the extent alone, never on how many workers there are: the library rounds a product's elements by where they
    /// lie in their block, and the same weights must have the same factors on every number of cores.
    static func blockLength(of extent: Int, most: Int) -> Int { max(16, min(most, (extent + 7) / 8)) }
}

func check(_ cancellation: CancellationToken?) throws(FactorizationError) {
    if cancellation?.isCancelled == true { throw .cancelled }
}

/// OpenBLAS starts with a thread a core; what is touched before each first use has told it otherwise.
let openBLASOnOneThread: Void = pare_blas_set_threads(1)
