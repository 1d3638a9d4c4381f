import ArgumentParser
import Basics
import Composition
import Datasets
import Evaluation
import Finetuning
import Glibc
import ModelFormats
import NeuralNetwork
import PareFile
import Reports
import Training
import Workbench

struct FinetuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune", abstract: "Train a model under a recipe, so that what it cost in quality comes back.",
        discussion: """
            Filters and factors are put in place and weights are pruned; what is left is trained, weights are shared, and the \
            shared values are trained together. The best weights by held-out data are kept and written as the recipe says. Without --data \
            random inputs are drawn and the original's outputs are the targets. A generator's --discriminator is in its loss beside \
            them; --data are real samples then, which it learns from. Ctrl-C stops and writes the best so far.
            """)

    @Argument(help: "The model: .onnx, or .pare.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "The recipe: a YAML file as the explorer saves it.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(name: .shortAndLong, help: "Data to train on, as pare evaluate takes it.", completion: .file())
    var data: String?

    @Option(help: "Held-out data by which the best weights are chosen. Default: a tenth of the data.", completion: .file())
    var test: String?

    @Option(
        name: .shortAndLong, help: "The file to write: .pare, .onnx, .safetensors or .npz.",
        completion: .file(extensions: ["pare", "onnx", "safetensors", "npz"]))
    var output: String

    @OptionGroup var inputs: InputOptions

    @OptionGroup var training: FinetuningArguments

    @OptionGroup var adversary: AdversaryArguments

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try RescuedFile.check(output)
        var bar = ProgressBar()
        bar.show(0, "opening \(model)")
        defer { bar.clear() }
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data)
        let batches = try opening(opened.model)
        // Data for a discriminator is not what the network takes.
        let choice = DataChoice(path: adversary.discriminator == nil ? try MeasuringOptions.readable(data) : nil)
        let calibration = try opened.reconstruct.map { rule throws(Failure) in try Opening.attempt { try Calibration(rule, on: choice, of: opened.model) } }
        let start = try Opening.attempt {
            try RecipeNetwork(with: opened.composer, plans: opened.plans, calibration: calibration, data: choice) { bar.show($0, "reconstructing \($1)") }
        }
        var options = training.options
        options.adversarial = try adversary.options(for: opened.model, data: data, training)
        if data == nil || options.adversarial != nil {
            if options.distillation == nil { options.distillation = .init() }
            options.keepsStatistics = true
        }
        Interruption.install()
        let begun = ContinuousClock.now
        var line = FinetuningLine()
        let result: FinetuningResult
        do {
            result = try start.finetuner(batches, options, cancellation: Interruption.token).run(cancellation: Interruption.token) { line.show($0, &bar) }
        } catch let failure as Failure {
            throw failure
        } catch let error as FinetuningError {
            throw Failure(words(for: error))
        } catch is Cancelled {
            throw Failure("stopped before there was anything to keep")
        } catch {
            throw Failure(TextReport.words(for: error))
        }
        let seconds = begun.duration(to: .now)
        bar.show(1, "writing \(output)")
        let (network, estimate) = try Opening.attempt {
            let network = try RecipeNetwork(
                training: start, source: result.tuned.source, plans: result.tuned.plans,
                record: .whole(choice, training: opened.model))
            return (network, try network.estimate(for: output.lowercased().hasSuffix(".pare") ? .writing : .figures))
        }
        try write(result.tuned, estimate, &bar)
        bar.clear()
        let report = FinetuneReport(
            result, estimate, of: network, output: output, seconds: Double(seconds.components.seconds), isText: batches.isText)
        Shell.output(json ? try JSONText.of(report, warnings: opened.warnings) : report.text)
        if let reason = result.checkpointFailure { Shell.error("there is no checkpoint: \(reason)") }
        if case .diverged(let reason) = result.outcome { throw Failure("\(reason); \(output) holds the best weights until then") }
    }

    private func dataSet(_ path: String?) throws(Failure) -> DataSet? {
        guard let path = try MeasuringOptions.readable(path) else { return nil }
        do throws(DataSetError) { return try DataSet.open(path: path) } catch { throw Failure(error.message) }
    }

    private func opening(_ model: Model) throws(Failure) -> FinetuningData {
        // Real samples are for the discriminator.
        let data = adversary.discriminator == nil ? try dataSet(self.data) : nil
        let test = try dataSet(self.test)
        do throws(FinetuningError) {
            guard let data else {
                return try FinetuningData(
                    randomFor: model, batchSize: training.batch, batchCount: training.batches,
                    heldOutCount: adversary.discriminator == nil ? 512 : 2_048, seed: training.seed)
            }
            return try FinetuningData(data, test: test, for: model, cut: training.cut)
        } catch { throw Failure(error.description) }
    }

    private func write(_ tuned: FinetunedModel, _ estimate: Estimate, _ bar: inout ProgressBar) throws(Failure) {
        try RescuedFile.write(to: output) { path throws(ModelWriteError) in
            if path.lowercased().hasSuffix(".pare") {
                try estimate.writer.write(to: path) { bar.show($0, "writing \(path)") }
            } else {
                try ModelFile.write(tuned.model, to: path) { bar.show($0, "writing \(path)") }
            }
        }
    }

    private func words(for error: FinetuningError) -> String {
        guard case .data(let reason) = error, reason.contains("no labels"), let data else { return error.description }
        return "\(data): \(reason): add --distill"
    }
}
