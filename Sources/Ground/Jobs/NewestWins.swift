import Basics
import Synchronization

/// Number of a request; a later request has a greater one.
public struct Generation: Sendable, Hashable, Comparable {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// One slot a key, of which only the newest request matters.
///
/// A new request takes the place of one that waits, and cancels the token of one that runs. However many requests come
/// in while one runs, one more runs after it.
public final class NewestWins<Key: Hashable & Sendable, Request: Sendable>: Sendable {
    /// A request as the work gets it.
    public struct Ticket: Sendable {
        public let key: Key
        public let request: Request
        public let generation: Generation
        /// Cancelled as soon as a newer request for the key comes in.
        public let token: CancellationToken
    }

    private struct Slot {
        var newest: Ticket
        /// Whether `newest` still waits for the lane; if so, one entry for the key is in the lane's queue.
        var isWaiting: Bool
    }

    private struct State {
        var lastNumber: UInt64 = 0
        var slots: [Key: Slot] = [:]
    }

    private let state = Mutex(State())
    private let lane: Lane
    private let work: @Sendable (Ticket) throws -> Void

    /// Creates slots whose requests `work` handles on `lane`; it should look at the ticket's token now and then.
    public init(on lane: Lane, _ work: @escaping @Sendable (Ticket) throws -> Void) {
        self.lane = lane
        self.work = work
    }

    /// Makes `request` the newest of its key and cancels its predecessor; it counts as busy from now on.
    @discardableResult
    public func submit(_ request: Request, for key: Key) -> Generation {
        let (generation, mustQueue) = state.withLock { state in
            state.lastNumber += 1
            let ticket = Ticket(
                key: key, request: request, generation: Generation(state.lastNumber), token: CancellationToken())
            let slot = state.slots[key]
            slot?.newest.token.cancel()
            let wasWaiting = slot?.isWaiting ?? false
            state.slots[key] = Slot(newest: ticket, isWaiting: true)
            return (ticket.generation, !wasWaiting)
        }
        if mustQueue {
            lane.submit("\(key)") { [self] in try run(key) }
        }
        return generation
    }

    /// Whether no newer request for `key` was submitted and this one was not cancelled.
    public func isCurrent(_ generation: Generation, for key: Key) -> Bool {
        state.withLock { $0.slots[key]?.newest.generation == generation }
    }

    /// Drops the key's request: one that waits will not run, one that runs is cancelled and no longer current.
    public func cancel(_ key: Key) {
        state.withLock { state in
            state.slots[key]?.newest.token.cancel()
            state.slots[key] = nil
        }
    }

    /// Drops the requests of all keys.
    public func cancelAll() {
        state.withLock { state in
            for slot in state.slots.values { slot.newest.token.cancel() }
            state.slots = [:]
        }
    }

    private func run(_ key: Key) throws {
        let ticket: Ticket? = state.withLock { state in
            guard let slot = state.slots[key], slot.isWaiting else { return nil }
            state.slots[key]?.isWaiting = false
            return slot.newest
        }
        if let ticket { try work(ticket) }
    }
}
