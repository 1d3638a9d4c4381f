import Foundation
import Glibc

/// A process in a pseudo-terminal of its own.
final class Child {
    private let process: pid_t
    private var terminal: Int32
    /// The newest of what it wrote.
    private var written: [UInt8] = []
    /// What `waitpid` told when it ended.
    private(set) var status: Int32?
    private(set) var peakByteCount = 0

    init(_ arguments: [String], in folder: String, environment: [String]) throws {
        var (terminal, inside) = (Int32(-1), Int32(-1))
        var size = winsize(ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&terminal, &inside, &name, nil, &size) == 0 else { throw SoakError("no pseudo-terminal: \(String(cString: strerror(errno)))") }
        defer { close(inside) }
        for descriptor in [terminal, inside] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(terminal, F_SETFL, O_NONBLOCK)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which glibc declares for GNU sources only: the leader of a session takes the first terminal it opens.
        posix_spawnattr_setflags(&attributes, 0x80)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        // The child inherits the folder; Swift's glibc has no action for it.
        guard chdir(folder) == 0 else { throw SoakError("\(folder): \(String(cString: strerror(errno)))") }
        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var process = pid_t()
        let code = posix_spawn(&process, arguments[0], &actions, &attributes, &words, &variables)
        guard code == 0 else {
            close(terminal)
            throw SoakError("cannot start \(arguments[0]): \(String(cString: strerror(code)))")
        }
        (self.process, self.terminal) = (process, terminal)
    }

    var hasEnded: Bool {
        if status != nil { return true }
        var code = Int32()
        guard waitpid(process, &code, WNOHANG) == process else { return false }
        read(for: .zero)
        status = code
        return true
    }

    func ends(within time: Duration) -> Bool {
        let end = ContinuousClock.now + time
        while !hasEnded {
            guard ContinuousClock.now < end else { return false }
            read(for: .milliseconds(20))
        }
        return true
    }

    /// Writes as fast as the process reads; what it does not read for seconds is dropped.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        let end = ContinuousClock.now + .seconds(20)
        while !rest.isEmpty, terminal >= 0, ContinuousClock.now < end, !hasEnded {
            let count = rest.withUnsafeBytes { write(terminal, $0.baseAddress, min(1024, $0.count)) }
            if count > 0 { rest = rest.dropFirst(count) }
            read(for: count > 0 ? .zero : .milliseconds(10))
        }
    }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        if terminal >= 0 { _ = ioctl(terminal, UInt(TIOCSWINSZ), &size) }
    }

    func signal(_ number: Int32) { if !hasEnded { kill(process, number) } }

    func hangUp() {
        if terminal >= 0 { close(terminal) }
        terminal = -1
    }

    /// Takes in what it writes for a time.
    func read(for time: Duration) {
        let end = ContinuousClock.now + time
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        noteMemory()
        repeat {
            let left = max(0, Int32(ContinuousClock.now.duration(to: end) / .milliseconds(1)))
            var descriptor = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, left) > 0 else { continue }
            let count = Glibc.read(terminal, &buffer, buffer.count)
            if count > 0 {
                written = (written + buffer[..<count]).suffix(20_000)
            } else if time > .zero {
                // The other end is closed: only the process's end is to be waited for.
                usleep(5000)
            }
        } while ContinuousClock.now < end
    }

    func forget() { written = [] }

    func hasWritten(_ text: String, within time: Duration) -> Bool {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end, !hasEnded {
            if String(decoding: written, as: UTF8.self).contains(text) { return true }
            read(for: .milliseconds(20))
        }
        return false
    }

    func hasAnswered(within time: Duration) -> Bool {
        let end = ContinuousClock.now + time
        while written.isEmpty, ContinuousClock.now < end, !hasEnded { read(for: .milliseconds(20)) }
        return !written.isEmpty
    }

    /// The last that it wrote, without control sequences, from the message of a trap on where there is one.
    var ending: String {
        var text = String(decoding: written, as: UTF8.self)
        if let trap = text.range(of: "Fatal error", options: .backwards) {
            text = String(text[trap.lowerBound...].prefix(6000))
        } else {
            text = String(text.suffix(2000))
        }
        let plain = text.replacingOccurrences(of: "\u{1B}\\[[0-9;?]*[A-Za-z]|\u{1B}\\(.", with: " ", options: .regularExpression)
        return String(plain.unicodeScalars.filter { $0.value >= 32 || $0 == "\n" }.map(Character.init))
    }

    /// Where its threads are, as far as the system tells.
    var stacks: String {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.map { thread in
            let place = (try? String(contentsOfFile: "\(tasks)/\(thread)/wchan", encoding: .utf8)) ?? "?"
            return "\(thread) in \(place)"
        }.joined(separator: ", ")
    }

    private func noteMemory() {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        peakByteCount = max(peakByteCount, pages * Int(getpagesize()))
    }

    /// Kills what still runs.
    func end() {
        if !hasEnded {
            kill(process, SIGKILL)
            var code = Int32()
            waitpid(process, &code, 0)
            status = code
        }
        hangUp()
    }
}
