import Jobs
import Synchronization

/// Which workbench is the open one; results of others are dropped.
final class CurrentBench: Sendable {
    private let mailbox: Mailbox<Event>
    private let state = Mutex<Workbench?>(nil)

    init(_ mailbox: Mailbox<Event>) { self.mailbox = mailbox }

    var bench: Workbench? { state.withLock { $0 } }

    /// Makes another bench the open one; no result of the one before comes after `event`.
    func replace(with bench: Workbench, posting event: Event) {
        state.withLock { current in
            current = bench
            mailbox.post(event)
        }
    }

    /// Posts a result unless another bench has become the open one.
    func post(_ event: Event, from bench: Workbench) {
        state.withLock { current in
            if current === bench { mailbox.post(event) }
        }
    }
}
