import Glibc

/// The explorer running in a pseudo-terminal of its own, as a person's terminal would run it.
final class ExplorerProcess {
    let processID: pid_t
    let started: ContinuousClock.Instant
    private let terminal: Int32
    /// What the program wrote since `forget`.
    private(set) var output: [UInt8] = []
    /// When the newest of it came: what is done with it afterwards is not the program's time.
    private var newest: ContinuousClock.Instant

    /// Starts `program`; `folder` stands in for the home folder, so that no settings are read or written.
    init(_ program: String, arguments: [String], rows: UInt16, columns: UInt16, folder: String) throws {
        var (terminal, inside) = (Int32(-1), Int32(-1))
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&terminal, &inside, &name, nil, &size) == 0 else { throw BenchmarkFailure("no pseudo-terminal") }
        defer { close(inside) }
        for descriptor in [terminal, inside] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The leader of a new session takes the first terminal it opens for its own.
        posix_spawnattr_setflags(&attributes, ExplorerProcess.newSession)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)

        let environment = ["TERM=xterm-256color", "LANG=C.UTF-8", "HOME=\(folder)", "XDG_CONFIG_HOME=\(folder)", "PATH=/usr/bin:/bin"]
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var processID = pid_t()
        let start = ContinuousClock.now
        let code = posix_spawn(&processID, program, &actions, &attributes, &words, &variables)
        guard code == 0 else {
            close(terminal)
            throw BenchmarkFailure("cannot start \(program): \(String(cString: strerror(code)))")
        }
        (self.processID, self.terminal, self.started, self.newest) = (processID, terminal, start, start)
    }

    /// POSIX_SPAWN_SETSID, which glibc declares for GNU sources only.
    private static let newSession: Int16 = 0x80

    deinit {
        kill(processID, SIGKILL)
        var status = Int32()
        waitpid(processID, &status, 0)
        close(terminal)
    }

    func send(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = Glibc.write(terminal, bytes, bytes.count)
    }

    /// Drops what was written so far, and what is waiting to be read.
    func forget() {
        while read(withinMilliseconds: 0) {}
        output.removeAll(keepingCapacity: true)
    }

    /// Reads once, as soon as there is something. False where there was nothing in that time, or the program has ended.
    func read(withinMilliseconds timeout: Int32) -> Bool {
        var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, timeout) > 0 else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            let count = Glibc.read(terminal, buffer.baseAddress, buffer.count)
            guard count > 0 else { return false }
            newest = .now
            output += buffer[..<count]
            return true
        }
    }

    /// Reads until the output since `forget` satisfies `condition`, then what else arrives in the same breath. Gives the moment
    /// of the last byte of that; nil after `seconds`.
    func read(seconds: Double, until condition: ([UInt8]) -> Bool) -> ContinuousClock.Instant? {
        let start = ContinuousClock.now
        while start.secondsUntilNow < seconds {
            guard read(withinMilliseconds: 100), condition(output) else { continue }
            let satisfied = newest
            while satisfied.secondsUntilNow < 0.05, read(withinMilliseconds: 1) {}
            return newest
        }
        return nil
    }

    /// Reads what comes in one breath, which a pause of two milliseconds ends. Gives the moment of its last byte; nil where nothing comes
    /// within two seconds.
    func readBurst() -> ContinuousClock.Instant? {
        guard read(withinMilliseconds: 2_000) else { return nil }
        while read(withinMilliseconds: 2) {}
        return newest
    }

    /// Reads until nothing came for so long.
    func awaitQuiet(milliseconds: Int32) { while read(withinMilliseconds: milliseconds) {} }

    /// Waits for the first whole frame: the model's name stands in its first line, the way to the help in its last.
    func awaitFirstFrame(of model: String) throws -> ContinuousClock.Instant {
        let marks = [Array(model.utf8), Array("help".utf8)]
        guard let moment = read(seconds: 10, until: { output in marks.allSatisfy { output.contains($0) } }) else {
            let text = String(decoding: output.suffix(200).map { $0 < 32 || $0 > 126 ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
            throw BenchmarkFailure("no frame within 10 s; the output ends with \(text)")
        }
        return moment
    }
}

extension [UInt8] {
    /// Whether `other`, which is not empty, occurs in it.
    func contains(_ other: [UInt8]) -> Bool {
        var start = 0
        while let first = self[start...].firstIndex(of: other[0]) {
            if self[first...].starts(with: other) { return true }
            start = first + 1
        }
        return false
    }
}
