import Jobs
import TerminalUI

/// The explorer without a terminal: events in, frames out. The main loop, the screenshots and the tests all drive it.
public struct Driver: ~Copyable {
    public private(set) var state: ExplorerState
    private let session: Session

    /// What only the host of the driver can do.
    public enum HostRequest: Sendable, Hashable {
        case suspend, redraw, quit
    }

    public init(state: ExplorerState, session: Session) {
        self.state = state
        self.session = session
    }

    /// Takes all events of a moment in, and starts the work that they ask for.
    public mutating func handle(_ events: [Event]) -> [HostRequest] {
        var requests: [HostRequest] = []
        var effects: [Effect] = []
        for event in events { effects += state.update(event) }
        effects += state.settle()
        for effect in effects {
            switch effect {
            case .program(.suspend): requests.append(.suspend)
            case .program(.redraw): requests.append(.redraw)
            case .program(.quit): requests.append(.quit)
            default: session.perform(effect)
            }
        }
        return requests
    }

    /// Takes in what the background has posted.
    public mutating func receive() -> [HostRequest] { handle(session.mailbox.drain()) }

    /// Waits for the picture that was just asked for, so that a drag moves everything in one frame; gives up after
    /// `patience`, and the picture comes in a later frame.
    public mutating func awaitPicture(patience: Duration = .milliseconds(8)) -> [HostRequest] {
        var requests: [HostRequest] = []
        let deadline = ContinuousClock.now + patience
        while state.awaitsPicture, session.mailbox.wait(timeout: ContinuousClock.now.duration(to: deadline)) {
            requests += receive()
        }
        return requests
    }

    /// Blocks until no work is left and everything posted was taken in: for screenshots and tests.
    public mutating func runUntilIdle() -> [HostRequest] {
        var requests: [HostRequest] = []
        repeat {
            _ = session.jobs.waitUntilIdle(timeout: .seconds(600))
            requests += receive()
        } while session.jobs.isBusy || session.mailbox.wait(timeout: .zero)
        return requests
    }

    /// Blocks until the background has posted something; false where the time is over first.
    func waitForMessage(timeout: Duration) -> Bool { session.mailbox.wait(timeout: timeout) }

    /// The whole screen.
    public func frame(_ appearance: Appearance) -> CellGrid { ExplorerView.draw(state, appearance) }
}
