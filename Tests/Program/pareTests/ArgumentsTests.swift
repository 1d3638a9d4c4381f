import Foundation
import Testing

@Suite("The command line: arguments, help and exit codes")
struct ArgumentsTests {
    private let program: Program

    init() throws { program = try Program() }

    @Test(
        "Wrong arguments end with 2 and say what is wrong",
        arguments: [
            (["inspect"], "<model>"), (["inspect", "--wide", "m"], "--wide"), (["compress", "m", "-o", "x.pare"], "--recipe"),
            (["digits", "--count", "-1", "-o", "d"], "--count"), (["evaluate", "m", "--samples", "few"], "few"),
            (["search", "m"], "--size"), (["search", "m", "--size", "1k", "--ratio", "3"], "one budget"), (["search", "m", "--loss", "1"], "--loss"),
            (["search", "m", "--size", "8x"], "8x says nothing of --size"), (["search", "m", "--size", "soon"], "soon is no target"),
            (["search", "m", "--macs", "5%"], "MACs"),
            (["search", "m", "--time", "5%"], "5% is no limit of time"), (["search", "m", "--time", "1ms", "--ratio", "2"], "one budget"),
            (["search", "m", "--size", "1k", "--stages", "share,luck"], "luck"), (["sensitivity", "m", "--stages", ""], "--stages"),
        ])
    func usage(arguments: [String], word: String) throws {
        let run = try program.run(arguments)
        #expect(run.status == 2)
        #expect(run.errors.contains(word), "\(run.errors)")
        #expect(run.output.isEmpty && program.files.isEmpty)
    }

    @Test("Every command has help, stands in docs/commands.md, and in the man page")
    func documented() throws {
        let help = try program.run("--help").output
        let commands =
            help.components(separatedBy: "SUBCOMMANDS:").last?.split(separator: "\n")
            .compactMap { $0.firstMatch(of: #/^  ([a-z]+) /#).map { String($0.1) } } ?? []
        #expect(commands.count >= 10)
        let page = try String(contentsOf: Program.root.appending(path: "docs/commands.md"), encoding: .utf8)
        let manual = try program.run("manual").output
        #expect(manual.hasPrefix(".TH") || manual.contains("\n.TH"))
        for command in commands where command != "explore" {
            #expect(page.contains("pare \(command) "), "docs/commands.md lacks \(command)")
            #expect(manual.contains(command), "the man page lacks \(command)")
            let run = try program.run(command, "--help")
            #expect(run.status == 0 && run.output.contains("USAGE: pare \(command)"))
        }
    }

    @Test("The version is one line")
    func version() throws {
        let run = try program.run("--version")
        #expect(run.status == 0)
        #expect(run.output.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
    }

    @Test(
        "What cannot be done ends with 1 and one line that names the file",
        arguments: [
            ["inspect", "gone.onnx"], ["estimate", "gone.onnx", "-r", "r.yaml"], ["compress", "gone.onnx", "-r", "r.yaml", "-o", "x.pare"],
            ["decompress", "gone.pare", "-o", "x.onnx"], ["verify", "gone.pare"], ["evaluate", "gone.onnx"],
            ["script", "gone.onnx", "-r", "r.yaml", "-o", "x.py"], ["gone.onnx"],
        ])
    func missing(arguments: [String]) throws {
        let run = try program.run(arguments)
        #expect(run.status == 1)
        #expect(run.complaints.count == 1 && run.errors.contains("gone."), "\(run.errors)")
        #expect(run.output.isEmpty && program.files.isEmpty)
    }

    @Test("What is told by samples wants them named", arguments: [["search", Program.model, "--size", "9k"], ["sensitivity", Program.model]])
    func samples(arguments: [String]) throws {
        let run = try program.run(arguments)
        #expect(run.status == 1 && run.complaints.count == 1 && run.errors.contains("--data"), "\(run.errors)")
        #expect(run.output.isEmpty && program.files.isEmpty)
    }

    @Test("Layers that are to stay as they are must be there, and leave some to search among")
    func kept() throws {
        try program.run("digits", "-c", "200", "-o", "digits")
        for (name, word) in [("nosuch", "no layer nosuch"), ("re:.*", "nothing is left"), ("re:none", "--keep re:none"), ("re:(", " re:( is no")] {
            let run = try program.run(["search", Program.model, "--size", "9k", "--data", "digits-images-idx3-ubyte", "--keep", name])
            #expect(run.status == 1 && run.complaints.count == 1 && run.errors.contains(word), "\(run.errors)")
            #expect(run.output.isEmpty)
        }
    }

    @Test("Without a terminal a model is a report, and the explorer alone one line of what to do")
    func noTerminal() throws {
        let report = try program.run(Program.model)
        #expect(report.status == 0)
        #expect(report.output.contains("fc1") && report.output.contains("431,080 parameters"))
        let alone = try program.run()
        #expect(alone.status != 0 && alone.complaints.count == 1, "\(alone.errors)")
    }
}
