import Dispatch
import Synchronization

/// Threads that share independent pieces of work, the calling one among them.
public struct Workers: Sendable {
    public let count: Int

    /// The calling thread alone.
    public static let one = Workers(count: 1)

    /// One a processor; on a thread that stands back that thread alone, for those it called to its aid would not stand back.
    public static var available: Workers { StandingBack.isCurrent ? .one : Workers(count: Machine.processorCount) }

    public init(count: Int) { self.count = max(1, count) }

    /// Calls `body` with each of `0..<pieces`, in any order. Pieces are not begun once the token is cancelled; the caller looks at
    /// it afterwards.
    public func run(_ pieces: Int, cancellation: CancellationToken? = nil, _ body: (Int) -> Void) {
        _ = run(pieces, cancellation: cancellation, makeState: {}) { _, piece in body(piece) }
    }

    /// The same with a state for each worker; the states come back in the order of the workers.
    @discardableResult
    public func run<State>(
        _ pieces: Int, cancellation: CancellationToken? = nil, makeState: () -> State, _ body: (inout State, Int) -> Void
    ) -> [State] {
        let next = Atomic(0)
        func work(_ state: inout State) {
            while cancellation?.isCancelled != true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                body(&state, piece)
            }
        }
        var states = (0..<max(1, min(count, pieces))).map { _ in makeState() }
        guard states.count > 1 else {
            work(&states[0])
            return states
        }
        states.withUnsafeMutableBufferPointer { buffer in
            // Each iteration touches the state of its own index only; `concurrentPerform` returns when all are done.
            nonisolated(unsafe) let buffer = buffer
            withoutActuallyEscaping(work) { work in
                nonisolated(unsafe) let work = work
                DispatchQueue.concurrentPerform(iterations: buffer.count) { work(&buffer[$0]) }
            }
        }
        return states
    }
}

extension Workers {
    /// Calls `body` with each of the indices of `costs`, beginning with the first. So many are under way at once that their costs
    /// together stay within `budget`, or one that costs more alone.
    ///
    /// - Throws: what the first of the pieces, in their order, threw; none behind it is begun then.
    public func run(costs: [Int], within budget: Int, _ body: (Int) throws -> Void) throws {
        let queue = BudgetQueue(costs: costs, budget: budget)
        run(min(count, costs.count)) { _ in
            while let piece = queue.take() {
                do {
                    try body(piece)
                    queue.end(piece)
                } catch { queue.end(piece, failure: error) }
            }
        }
        if let failure = queue.failure { throw failure }
    }
}

/// Pieces that are handed out in their order, as long as there is budget for them.
private final class BudgetQueue: Sendable {
    private struct State {
        var next = 0
        var underWay = 0
        var cost = 0
        var waiting = 0
        var failed: (piece: Int, error: any Error)?
    }

    private let costs: [Int]
    private let budget: Int
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    init(costs: [Int], budget: Int) {
        self.costs = costs
        self.budget = budget
    }

    var failure: (any Error)? { state.withLock { $0.failed?.error } }

    /// The next piece, once there is budget for it; nil where there is none to begin.
    func take() -> Int? {
        while true {
            let (piece, isToWait) = state.withLock { state -> (Int?, Bool) in
                guard state.next < costs.count, state.failed == nil else { return (nil, false) }
                guard state.underWay == 0 || state.cost + costs[state.next] <= budget else {
                    state.waiting += 1
                    return (nil, true)
                }
                state.underWay += 1
                state.cost += costs[state.next]
                state.next += 1
                return (state.next - 1, false)
            }
            guard isToWait else { return piece }
            ended.wait()
        }
    }

    /// Gives a piece's budget back.
    func end(_ piece: Int, failure: (any Error)? = nil) {
        let waiting = state.withLock { state in
            state.underWay -= 1
            state.cost -= costs[piece]
            if let failure, piece < state.failed?.piece ?? .max { state.failed = (piece, failure) }
            defer { state.waiting = 0 }
            return state.waiting
        }
        for _ in 0..<waiting { ended.signal() }
    }
}
