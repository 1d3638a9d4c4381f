import Basics
import Dispatch
import Synchronization

/// Work that several may want at the same time: the first does it, the others wait for what comes of it. Nothing is kept.
public final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// One piece of work that is under way.
    private final class Run: Sendable {
        let end = DispatchGroup()
        let value = Mutex<Value?>(nil)

        init() { end.enter() }
    }

    private let runs = Mutex<[Key: Run]>([:])

    public init() {}

    /// How often one who waits looks whether he still wants it.
    private static var patience: DispatchTimeInterval { .milliseconds(50) }

    /// Does the work, or waits for another who does the same; where that one fails or is cancelled, does it after all.
    ///
    /// - Throws: what `make` throws, or `Cancelled` while it waits.
    public func value(of key: Key, cancellation: CancellationToken, make: () throws -> Value) throws -> Value {
        while true {
            let (run, isOwn) = runs.withLock { runs in
                if let run = runs[key] { return (run, false) }
                let run = Run()
                runs[key] = run
                return (run, true)
            }
            guard isOwn else {
                while run.end.wait(timeout: .now() + Self.patience) == .timedOut { try cancellation.check() }
                if let value = run.value.withLock({ $0 }) { return value }
                continue
            }
            defer {
                runs.withLock { $0[key] = nil }
                run.end.leave()
            }
            let value = try make()
            run.value.withLock { $0 = value }
            return value
        }
    }
}
