import ArgumentParser
import Foundation
import Glibc

/// Plays random sessions on the explorer, as long as one likes.
@main
struct Soak: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Play random sessions on the explorer, in a terminal and without.", subcommands: [Run.self, Replay.self, Drive.self],
        defaultSubcommand: Run.self)
}

struct SoakError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

struct Place: ParsableArguments {
    @Option(help: "The program.")
    var pare = ".build/release/pare"

    @Option(help: "A sanitizer's suppressions.", completion: .file())
    var suppressions: String?

    @Flag(help: "The program was built with a sanitizer: its memory is not limited.")
    var sanitized = false

    @Option(help: "Only on this: terminal or driver.")
    var only: String?

    var subjects: [Player.Subject] {
        get throws {
            guard let only else { return Player.Subject.allCases }
            guard let subject = Player.Subject(rawValue: only) else { throw SoakError("--only is terminal or driver, not \(only)") }
            return [subject]
        }
    }

    /// Calls `body` with a player in a temporary folder, which is removed again.
    func withPlayer<Result>(_ body: (Player, Material) throws -> Result) throws -> Result {
        // A disk is never filled: no file grows beyond this.
        var limit = rlimit(rlim_cur: 128 << 20, rlim_max: 128 << 20)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        let folder = NSTemporaryDirectory() + "/pare-soak-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let real = ProcessInfo.processInfo.environment["PARE_TEST_DATA"].flatMap { $0.isEmpty ? nil : absolute($0) }
        let material = try Material(in: folder + "/material", real: real)
        let player = Player(
            program: absolute(pare), folder: folder, material: material, memoryLimit: sanitized ? nil : 2_500 << 20, suppressions: suppressions.map(absolute))
        return try body(player, material)
    }

    private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }
}

extension Soak {
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Play sessions for a time; a failure prints its seed and the shortest session that still fails.")

        @OptionGroup var place: Place

        @Option(help: "How long.")
        var seconds = 600

        @Option(help: "The first session's seed; each following one has the next number.")
        var seed: UInt64 = 1

        @Option(help: "How long to look for a shorter session.")
        var shrinking = 120

        func run() throws {
            try place.withPlayer { player, material in
                let subjects = try place.subjects
                let end = ContinuousClock.now + .seconds(seconds)
                var seed = seed
                var steps = 0
                while ContinuousClock.now < end {
                    var generator = Generator(seed: seed, material: material)
                    let play = generator.play()
                    for subject in subjects {
                        if let fault = try player.play(play, on: subject) { try tell(fault, play, subject, seed, player) }
                        steps += play.steps.count
                    }
                    seed += 1
                }
                print("\(seed - self.seed) sessions from seed \(self.seed) on, \(steps) steps: nothing failed")
            }
        }

        private func tell(_ fault: Fault, _ play: Play, _ subject: Player.Subject, _ seed: UInt64, _ player: Player) throws {
            print("seed \(seed), \(subject): \(fault.kind)\n\(fault.details)\n")
            let search = Shrinking(
                fails: { (try? player.play($0, on: subject))??.kind == fault.kind }, end: ContinuousClock.now + .seconds(shrinking))
            let isSteady = search.fails(play) || search.fails(play)
            print(isSteady ? "The shortest session that still fails:" : "It did not fail again when it was played twice more. The session:")
            print("\n" + (isSteady ? search.shortest(of: play) : play).text)
            print("Play it with: soak replay --only \(subject.rawValue) FILE")
            throw ExitCode.failure
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Play a session from a file.")

        @OptionGroup var place: Place

        @Option(help: "How often.")
        var times = 1

        @Argument(help: "The session, as a failure prints it.", completion: .file())
        var file: String

        func run() throws {
            guard let play = Play(try String(contentsOfFile: file, encoding: .utf8)) else { throw SoakError("\(file) is no session") }
            try place.withPlayer { player, _ in
                for _ in 0..<times {
                    for subject in try place.subjects {
                        guard let fault = try player.play(play, on: subject) else { continue }
                        print("\(subject): \(fault.kind)\n\(fault.details)")
                        throw ExitCode.failure
                    }
                }
                print("it went well")
            }
        }
    }

    struct Drive: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Play a session in this process.", shouldDisplay: false)

        @Argument var file: String

        func run() throws {
            guard let play = Play(try String(contentsOfFile: file, encoding: .utf8)) else { throw SoakError("\(file) is no session") }
            try DriverPlay.run(play)
        }
    }
}
