import COneDNN

/// What a routine runs with: the memory of its arguments, and which pass this is.
struct RoutineMemory {
    let pointers: UnsafePointer<UnsafeMutableRawPointer>
    /// Seeds what is random in this pass.
    let seed: UInt64

    subscript(index: Int) -> UnsafeMutablePointer<Float> { pointers[index].assumingMemoryBound(to: Float.self) }
}

/// A part of a step that is Pare's own, on dense row-major values unless it says otherwise.
typealias Routine = @Sendable (RoutineMemory) -> Void

/// One operation of a training program; numbers name slots.
struct TrainingStep: Sendable {
    enum Body: Sendable {
        case operation(Operation, [(role: Operation.Role, slot: Int)])
        case kernel(Kernel, inputs: [(type: ValueType, slot: Int)?], outputs: [Int], scratch: Int?)
        case routine(Routine, [Int])
    }

    var body: Body
    /// The node that the step stems from.
    var title: String
}

/// Calls `body` for every part in 0..<count on the threads that oneDNN leads. Parts must write different memory; which thread runs
/// which makes no difference then.
func inParallel(_ threads: Int, _ count: Int, _ body: (Int) -> Void) {
    guard threads > 1, count > 1 else {
        for part in 0..<count { body(part) }
        return
    }
    withoutActuallyEscaping(body) { body in
        var body = body
        withUnsafeMutablePointer(to: &body) { pointer in
            pare_parallel(
                Int32(threads), count,
                { part, context in context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(part) }, pointer)
        }
    }
}

/// Calls `body` with ranges that make up 0..<count, on several threads where that is worth it.
func inParallelRanges(_ threads: Int, _ count: Int, leastCount: Int = 1 << 14, _ body: (Range<Int>) -> Void) {
    let parts = max(1, min(threads, count / leastCount))
    inParallel(parts, parts) { part in body(count * part / parts..<count * (part + 1) / parts) }
}
