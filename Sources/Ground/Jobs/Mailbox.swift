import Glibc
import Synchronization

/// Messages from many threads to one loop that sleeps in `poll`.
///
/// The descriptor is readable exactly while messages wait: the pipe behind it holds one byte then, however many they
/// are, so a burst wakes the loop once.
public final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let writeEnd: Int32

    /// What the loop gives to `poll`, with `POLLIN`; never read it elsewhere.
    public let fileDescriptor: Int32

    /// Opens a mailbox; throws where the process has no file descriptors left.
    public init() throws(MailboxFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw MailboxFailure(code: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        fileDescriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(fileDescriptor)
        close(writeEnd)
    }

    /// Adds a message behind those that wait; any thread may.
    public func post(_ message: Message) {
        messages.withLock { messages in
            messages.append(message)
            if messages.count == 1 { ring() }
        }
    }

    /// Takes all messages that wait, oldest first.
    public func drain() -> [Message] {
        messages.withLock { messages in
            guard !messages.isEmpty else { return [] }
            silence()
            let taken = messages
            messages = []
            return taken
        }
    }

    /// Blocks until a message waits or the time is over; true where one waits.
    public func wait(timeout: Duration) -> Bool {
        var entry = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
        let deadline = ContinuousClock.now + timeout
        while true {
            let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: deadline)).components
            // Rounded up, so that a rest under a millisecond is not polled in a loop.
            let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
            let ready = poll(&entry, 1, Int32(clamping: milliseconds))
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }

    // Both run under the lock, so the pipe never holds more than one byte and neither call can block.

    private func ring() {
        var byte: UInt8 = 1
        while write(writeEnd, &byte, 1) < 0, errno == EINTR {}
    }

    private func silence() {
        var byte: UInt8 = 0
        while read(fileDescriptor, &byte, 1) < 0, errno == EINTR {}
    }
}

/// No pipe could be opened; `code` is the system's error number.
public struct MailboxFailure: Error, Hashable, Sendable {
    public var code: Int32
}
