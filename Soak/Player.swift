import Foundation
import Glibc

/// How a session ended that did not end as it should; `kind` is the same for the same bug, as far as one can tell.
struct Fault: Error {
    var kind: String
    var details: String
}

/// What sessions are played on.
struct Player {
    enum Subject: String, CaseIterable {
        /// The program in a pseudo-terminal.
        case terminal
        /// The explorer without one, in a process of its own.
        case driver
    }

    let program: String
    /// Where each session gets a folder of its own.
    let folder: String
    let material: Material
    /// Bytes of memory that are too much; nil under sanitizers, which take many times as much.
    let memoryLimit: Int?
    let suppressions: String?

    /// So long may an answer take: sanitizers are slow, and other programs want the cores too.
    static let patience = Duration.seconds(60)

    /// Plays a session in a copy of the material.
    func play(_ play: Play, on subject: Subject) throws -> Fault? {
        let place = folder + "/play"
        let files = FileManager.default
        try? files.removeItem(atPath: place)
        try files.copyItem(atPath: material.folder, toPath: place)
        defer { try? files.removeItem(atPath: place) }
        var arguments: [String] = []
        switch subject {
        case .terminal:
            arguments = [program] + (play.model.map { [$0] } ?? [])
            if let recipe = play.recipe, play.model != nil { arguments += ["--recipe", recipe] }
            if let data = play.data { arguments += ["--data", data] }
        case .driver:
            try Data(play.text.utf8).write(to: URL(fileURLWithPath: place + "/session"))
            arguments = [try files.destinationOfSymbolicLink(atPath: "/proc/self/exe"), "drive", place + "/session"]
        }
        let child = try Child(arguments, in: place, environment: environment(place))
        defer { child.end() }
        let fault = subject == .terminal ? follow(play, child) : wait(for: child, seconds: 60 + play.steps.count * 2)
        return try report(in: place) ?? fault
    }

    private func environment(_ place: String) -> [String] {
        var sanitizers = "exitcode=0:log_path=\(place)/sanitizer"
        if let suppressions { sanitizers += ":suppressions=\(suppressions)" }
        return [
            "HOME=\(place)", "XDG_STATE_HOME=\(place)/state", "XDG_CONFIG_HOME=\(place)/config", "TMPDIR=\(place)", "TERM=xterm-256color",
            "LANG=C.UTF-8", "PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,limit=24,threads=crashed,sanitize=no",
            "TSAN_OPTIONS=\(sanitizers):second_deadlock_stack=1", "ASAN_OPTIONS=\(sanitizers):detect_leaks=0",
        ]
    }

    /// Sends the steps to the program and watches it.
    private func follow(_ play: Play, _ child: Child) -> Fault? {
        // Before the screen is taken over, signals end the program as they end any.
        guard child.hasWritten("\u{1B}[?1049h", within: Self.patience) || child.hasEnded else {
            return Fault(kind: "silence", details: "no screen; \(child.stacks)")
        }
        for step in play.steps {
            switch step {
            case .bytes(let bytes): child.send(bytes)
            case .resize(let columns, let rows): child.resize(columns: columns, rows: rows)
            case .wait(let milliseconds): child.read(for: .milliseconds(milliseconds))
            }
            child.read(for: .zero)
            if let memoryLimit, child.peakByteCount > memoryLimit {
                return Fault(kind: "memory", details: "\(child.peakByteCount >> 20) MB of memory are more than \(memoryLimit >> 20)")
            }
            if child.hasEnded { return outcome(child) }
        }
        child.read(for: .milliseconds(200))
        child.forget()
        child.send([0x0C])
        guard child.hasAnswered(within: Self.patience) || child.hasEnded else { return Fault(kind: "silence", details: "no answer to Ctrl-L; \(child.stacks)") }
        switch play.leaving {
        case .keys:
            for keys in ["\u{1B}", "\u{1B}", "\u{1B}", "q", "d"] where !child.hasEnded {
                child.send(Array(keys.utf8))
                child.read(for: .milliseconds(120))
            }
            // Some questions want another answer.
            if !child.ends(within: .seconds(5)) { child.signal(SIGTERM) }
        case .terminate: child.signal(SIGTERM)
        case .interrupt: child.signal(SIGINT)
        case .hangUp: child.hangUp()
        }
        guard child.ends(within: Self.patience) else { return Fault(kind: "hang", details: "did not end when left by \(play.leaving); \(child.stacks)") }
        return outcome(child)
    }

    private func wait(for child: Child, seconds: Int) -> Fault? {
        child.ends(within: .seconds(seconds)) ? outcome(child) : Fault(kind: "hang", details: "the driver did not end; \(child.stacks)")
    }

    private func outcome(_ child: Child) -> Fault? {
        guard let status = child.status, status != 0 else { return nil }
        let words = status & 0x7F == 0 ? "status \(status >> 8)" : "signal \(status & 0x7F)"
        return Fault(kind: words, details: child.ending)
    }

    /// What a sanitizer wrote.
    private func report(in place: String) throws -> Fault? {
        for name in try FileManager.default.contentsOfDirectory(atPath: place).sorted() where name.hasPrefix("sanitizer") {
            let text = (try? String(contentsOfFile: place + "/" + name, encoding: .utf8)) ?? ""
            guard text.contains("ERROR: ") || text.contains("WARNING: ") else { continue }
            let summary = text.split(separator: "\n").first { $0.hasPrefix("SUMMARY") }.map(String.init) ?? "a sanitizer's report"
            return Fault(kind: summary, details: text)
        }
        return nil
    }
}
