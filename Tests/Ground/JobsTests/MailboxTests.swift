import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Jobs

@Suite("A mailbox")
struct MailboxTests {
    private func isReadable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }

    @Test("The descriptor is readable exactly while messages wait")
    func readable() throws {
        let mailbox = try Mailbox<Int>()
        #expect(!isReadable(mailbox.fileDescriptor))
        mailbox.post(1)
        mailbox.post(2)
        #expect(isReadable(mailbox.fileDescriptor))
        #expect(mailbox.drain() == [1, 2])
        #expect(!isReadable(mailbox.fileDescriptor))
        #expect(mailbox.drain() == [])
        mailbox.post(3)
        #expect(isReadable(mailbox.fileDescriptor))
        #expect(mailbox.drain() == [3])
    }

    @Test("A burst greater than a pipe holds neither blocks nor wakes twice")
    func burst() throws {
        let mailbox = try Mailbox<Int>()
        for number in 0..<200_000 { mailbox.post(number) }
        #expect(mailbox.drain().count == 200_000)
        #expect(!isReadable(mailbox.fileDescriptor))
    }

    @Test("Many producers lose nothing, and each one's messages stay in order")
    func producers() throws {
        let mailbox = try Mailbox<(producer: Int, number: Int)>()
        let producers = 8
        let each = 2_000
        let finished = Atomic<Int>(0)
        let queue = DispatchQueue(label: "producers", attributes: .concurrent)
        for producer in 0..<producers {
            queue.async {
                for number in 0..<each { mailbox.post((producer, number)) }
                finished.add(1, ordering: .relaxed)
            }
        }
        var next = Array(repeating: 0, count: producers)
        while next.reduce(0, +) < producers * each {
            guard mailbox.wait(timeout: .seconds(20)) else { break }
            let messages = mailbox.drain()
            // The descriptor said that something waits.
            #expect(!messages.isEmpty)
            for message in messages {
                #expect(message.number == next[message.producer])
                next[message.producer] = message.number + 1
            }
        }
        #expect(next == Array(repeating: each, count: producers))
        queue.sync(flags: .barrier) {}
        #expect(!isReadable(mailbox.fileDescriptor))
    }

    @Test("Waiting ends when the time is over, also after a fraction of a millisecond")
    func timeout() throws {
        let mailbox = try Mailbox<Int>()
        #expect(!mailbox.wait(timeout: .microseconds(300)))
        #expect(!mailbox.wait(timeout: .zero))
        #expect(!mailbox.wait(timeout: .seconds(-1)))
        mailbox.post(1)
        #expect(mailbox.wait(timeout: .zero))
    }

    @Test("Its descriptors are closed with it")
    func closes() throws {
        var descriptor: Int32 = -1
        do {
            let mailbox = try Mailbox<Int>()
            descriptor = mailbox.fileDescriptor
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
        // Another test may have been given the number since: then it is at least another pipe.
        if fcntl(descriptor, F_GETFD) == -1 { #expect(errno == EBADF) }
    }
}
