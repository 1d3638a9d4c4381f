import ArgumentParser
import Basics
import Datasets
import Glibc
import ModelFormats
import Networks
import NeuralNetwork
import Reports
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network from nothing, to have one to compress.",
        discussion: """
            Without a name the networks are listed. Those for digits are trained on digits that Pare draws, where --data names \
            no others. The best epoch by held-out data is kept and written; Ctrl-C stops and writes the best so far. The same \
            seed and number of threads give the same bytes.
            """)

    @Argument(
        help: "The network, such as lenet-5; none lists them all.", completion: .list(NetworkDefinition.all.map(\.name)))
    var name: String?

    @Option(name: .shortAndLong, help: "Data to train on, as pare evaluate takes it.", completion: .file())
    var data: String?

    @Option(help: "Held-out data by which the best epoch is chosen. Default: a tenth of the data.", completion: .file())
    var test: String?

    @Option(
        name: .shortAndLong, help: "The file to write: .onnx, .safetensors or .npz.",
        completion: .file(extensions: ["onnx", "safetensors", "npz"]))
    var output: String?

    @OptionGroup var training: TrainingArguments

    @OptionGroup var contest: ContestArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard let name else { return }
        guard NetworkDefinition.named(name) != nil else {
            throw ValidationError("there is no network \(name); pare train lists those there are")
        }
        guard let output else { throw ValidationError("-o says where the network goes, such as -o \(name).onnx") }
        guard [".onnx", ".safetensors", ".npz"].contains(where: output.lowercased().hasSuffix) else {
            throw ValidationError("\(output) ends in none of .onnx, .safetensors and .npz")
        }
        try contest.validate(for: name, test: test)
    }

    func run() throws {
        guard let name, let output, let definition = NetworkDefinition.named(name) else {
            return Shell.output(json ? try JSONText.of(NetworkList()) : NetworkList().text)
        }
        // Found out before hours of training rather than behind them.
        try RescuedFile.check(output)
        var bar = ProgressBar()
        bar.show(0, data.map { "opening \($0)" } ?? "drawing digits")
        defer { bar.clear() }
        let settings = training.settings(of: definition)
        let start = ContinuousClock.now
        Interruption.install()
        if definition.isGenerator {
            try trainGenerator(settings, output, &bar)
            return
        }
        let (trained, isText) = try train(definition, settings, &bar)
        bar.show(1, "writing \(output)")
        try RescuedFile.write(to: output) { path throws(ModelWriteError) in try ModelFile.write(trained.model, to: path) }
        bar.clear()
        let seconds = start.duration(to: .now)
        let report = TrainReport(
            trained, name: name, settings: settings, output: output, seconds: Double(seconds.components.seconds), isText: isText)
        Shell.output(json ? try JSONText.of(report) : report.text)
        if let reason = trained.checkpointFailure { Shell.error("there is no checkpoint: \(reason)") }
        if case .diverged(let reason) = trained.outcome { throw Failure("\(reason); \(output) holds the best weights until then") }
    }

    private func train(
        _ definition: NetworkDefinition, _ settings: TrainingSettings, _ bar: inout ProgressBar
    ) throws(Failure) -> (TrainedNetwork, isText: Bool) {
        var line = TrainingLine()
        do {
            let (model, batches) = try NetworkData.prepare(definition, data: open(data), test: open(test), settings: settings)
            let trained = try NetworkTraining(model, data: batches, settings: settings)
                .run(cancellation: Interruption.token) { progress, heldOut in
                    let quality = heldOut.map { TrainReport.Quality($0, isText: batches.isText).headline }
                    line.show(progress, heldOut: quality, epochs: settings.epochs, &bar)
                }
            return (trained, batches.isText)
        } catch let failure as Failure {
            throw failure
        } catch let error as NetworkTrainingError {
            throw Failure(error.description)
        } catch is Cancelled {
            throw Failure("stopped before the first epoch ended: there is nothing to keep")
        } catch {
            throw Failure(TextReport.words(for: error))
        }
    }

    func open(_ path: String?) throws(Failure) -> DataSet? {
        guard let path = try MeasuringOptions.readable(path) else { return nil }
        do throws(DataSetError) { return try DataSet.open(path: path) } catch { throw Failure(error.message) }
    }
}

/// How `pare train` trains, where it is not as the network's definition has it.
struct TrainingArguments: ParsableArguments {
    @Option(help: "Passes over the data. Default: the network's own, as those of --rate and --batch are.")
    var epochs: Int?

    @Option(help: "The learning rate, which falls along half a cosine.")
    var rate: Double?

    @Option(help: "Samples of a batch; streams of a text.")
    var batch: Int?

    @Option(help: "The first weights, the order of the data and all else that is random follow from it.")
    var seed: UInt64 = 1

    @Option(help: "Threads to train on.")
    var threads = 2

    @OptionGroup var kept: CheckpointOptions

    func validate() throws {
        for (name, value) in [("--epochs", epochs), ("--batch", batch), ("--threads", threads)] {
            if let value, value < 1 { throw ValidationError("\(name) is 1 or more, not \(value)") }
        }
        if let rate, !(rate > 0 && rate.isFinite) { throw ValidationError("--rate is above 0, not \(rate)") }
    }

    func settings(of definition: NetworkDefinition) -> TrainingSettings {
        var settings = definition.settings
        settings.epochs = epochs ?? settings.epochs
        settings.rate = rate ?? settings.rate
        settings.batchSize = batch ?? settings.batchSize
        settings.seed = seed
        settings.threads = threads
        settings.checkpointPath = kept.checkpoint
        settings.resumes = kept.resume
        return settings
    }
}
