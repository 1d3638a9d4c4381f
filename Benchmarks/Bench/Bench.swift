import ArgumentParser
import Glibc

/// Measures Pare, or lets other programs check what it computes.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure Pare, or write what it computes.",
        subcommands: [MeasureCommand.self, OutputsCommand.self, CalibrationCommand.self], defaultSubcommand: MeasureCommand.self)
}

/// Measures Pare against other programs and against its own bars: a JSON object a line, on the standard output.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measure Pare: one line of JSON a measurement.")

    @Option(help: "The program that is measured from outside.")
    var pare = ".build/release/pare"

    @Option(help: "Where large inputs and the peers' Python environment are kept.")
    var folder = ".build/bench"

    @Option(help: "The peers' scripts.")
    var peers = "Benchmarks/peers"

    @Option(help: "Only measurements whose name contains this.")
    var filter = ""

    func run() throws {
        for path in [".build", folder, folder + "/home"] { mkdir(path, 0o755) }
        attempt(LayerBenchmarks.names) { names in try LayerBenchmarks.run(names, report: report) }
        attempt(CodingBenchmarks.names) { names in try CodingBenchmarks.run(names, report: report) }
        attempt([ClusteringBenchmark.name]) { _ in
            report(try ClusteringBenchmark.run(PythonPeers(scripts: peers, environment: folder + "/venv"), folder: folder))
        }
        attempt([LossBenchmark.name]) { _ in report(try LossBenchmark.run()) }
        let factorization = FactorizationBenchmarks(peers: PythonPeers(scripts: peers, environment: folder + "/venv"), folder: folder)
        for name in FactorizationBenchmarks.names { attempt([name]) { try factorization.run($0, report: report) } }
        let inference = InferenceBenchmarks(peers: PythonPeers(scripts: peers, environment: folder + "/venv"), folder: folder)
        for name in InferenceBenchmarks.names { attempt([name]) { report(try inference.run($0[0])) } }
        let files = LargeFileBenchmarks(program: pare, peers: PythonPeers(scripts: peers, environment: folder + "/venv"), folder: folder)
        for name in LargeFileBenchmarks.names { attempt([name]) { report(try files.run($0[0])) } }
        let training = TrainingBenchmarks(peers: PythonPeers(scripts: peers, environment: folder + "/venv"), folder: folder)
        for name in TrainingBenchmarks.names { attempt([name]) { report(try training.run($0[0])) } }
        for name in ResponseBenchmarks.names {
            attempt([name]) { report(try ResponseBenchmarks(program: pare, folder: folder).run($0[0])) }
        }
    }

    /// Runs a group for those of its names that are asked for; what cannot be measured becomes a line that says so.
    private func attempt(_ names: [String], _ measure: ([String]) throws -> Void) {
        let wanted = names.filter { filter.isEmpty || $0.contains(filter) }
        guard !wanted.isEmpty else { return }
        do {
            try measure(wanted)
        } catch let failure as BenchmarkFailure {
            for name in wanted { output(Measurement.skippedLine(name: name, reason: failure.reason)) }
        } catch {
            for name in wanted { output(Measurement.skippedLine(name: name, reason: "\(error)")) }
        }
    }

    private func report(_ measurement: Measurement) { output(measurement.line) }

    private func output(_ line: String) {
        print(line)
        fflush(nil)
    }
}
