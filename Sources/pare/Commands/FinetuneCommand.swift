import ArgumentParser
import Composition
import Datasets
import Explorer
import Finetuning
import Glibc
import ModelFormats
import NeuralNetwork
import PareFile
import TensorCore
import Training

struct FinetuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune", abstract: "Train a model under a recipe, so that what it cost in quality comes back.",
        discussion: """
            Filters and factors are put in place and weights are pruned; what is left is trained, weights are shared, and the \
            shared values are trained together. The best weights by held-out data are kept and written as the recipe says. Without --data \
            random inputs are drawn and the original's outputs are the targets. Ctrl-C stops and writes the best so far.
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

    @OptionGroup var training: FinetuningArguments

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var bar = ProgressBar()
        bar.show(0, "opening \(model)")
        defer { bar.clear() }
        let opened = try Opening.configuration(model, recipe: recipe)
        let batches = try opening(opened.model)
        var options = training.options
        if data == nil, options.distillation == nil { options.distillation = .init() }
        if data == nil { options.keepsStatistics = true }
        Interruption.install()
        let start = ContinuousClock.now
        var line = FinetuningLine()
        let result: FinetuningResult
        do {
            result = try Finetuner(
                Composer(opened.model), plans: opened.plans, data: batches, options: options, cancellation: Interruption.token
            ).run(cancellation: Interruption.token) { line.show($0, &bar) }
        } catch let error as FinetuningError {
            throw Failure(words(for: error))
        } catch is Cancelled {
            throw Failure("stopped before there was anything to keep")
        } catch {
            throw Failure(TextReport.words(for: error))
        }
        let seconds = start.duration(to: .now)
        bar.show(1, "writing \(output)")
        let estimate = try Opening.attempt { try Estimate(of: result.tuned.source, plans: result.tuned.plans) }
        try write(result.tuned, estimate, &bar)
        bar.clear()
        let report = FinetuneReport(
            result, estimate, output: output, seconds: Double(seconds.components.seconds), isText: batches.isText)
        Shell.output(json ? try JSONText.of(report) : report.text)
        if case .diverged(let reason) = result.outcome { throw Failure("\(reason); \(output) holds the best weights until then") }
    }

    private func opening(_ model: Model) throws(Failure) -> FinetuningData {
        func open(_ path: String) throws(Failure) -> DataSet {
            do throws(DataSetError) { return try DataSet.open(path: path) } catch { throw Failure(error.message) }
        }
        let data = try MeasuringOptions.readable(self.data).map(open)
        let test = try MeasuringOptions.readable(self.test).map(open)
        do throws(FinetuningError) {
            guard let data else {
                return try FinetuningData(
                    randomFor: model, batchSize: training.batch, batchCount: training.batches, seed: training.seed)
            }
            return try FinetuningData(data, test: test, for: model, cut: training.cut)
        } catch { throw Failure(error.description) }
    }

    private func write(_ tuned: FinetunedModel, _ estimate: Estimate, _ bar: inout ProgressBar) throws(Failure) {
        do throws(ModelWriteError) {
            if output.lowercased().hasSuffix(".pare") {
                try PareWriter(estimate.source).write(to: output) { bar.show($0, "writing \(output)") }
            } else {
                try ModelFile.write(tuned.model, to: output) { bar.show($0, "writing \(output)") }
            }
        } catch { throw Failure(error.message) }
    }

    private func words(for error: FinetuningError) -> String {
        guard case .data(let reason) = error, reason.contains("no labels"), let data else { return error.description }
        return "\(data): \(reason): add --distill"
    }
}

/// How `pare finetune` trains.
struct FinetuningArguments: ParsableArguments {
    @Option(help: "Epochs in which the weights that are left move one by one.")
    var epochs = 3

    @Option(help: "Epochs in which shared values move together. Default: half as many.")
    var centroidEpochs: Int?

    @Option(help: "Samples of a batch; streams of a text.")
    var batch = 64

    @Option(help: "Batches of an epoch where inputs are random.")
    var batches = 100

    @Option(help: "Symbols of a text that gradients go back through.")
    var window = 64

    @Option(help: "How gradients become changes: adam or sgd (with momentum 0.9).")
    var optimizer = Rule.adam

    @Option(help: "The learning rate, which falls along half a cosine. Default: 0.001, sgd 0.01.")
    var rate: Double?

    @Option(help: "The learning rate of shared values. Default: a third of the other.")
    var centroidRate: Double?

    @Option(help: "Weight decay.")
    var decay: Float = 0

    @Option(help: "The largest norm of all gradients together.")
    var clip: Float?

    @Flag(help: "Let sparsities grow to the recipe's over the first half of the training.")
    var gradual = false

    @Flag(help: "Take the original model's outputs as targets, beside labels where there are some.")
    var distill = false

    @Option(help: "How soft a teacher's scores are made.")
    var temperature: Float = 2

    @Flag(help: "Leave the running statistics of normalizations as they are.")
    var keepStatistics = false

    @Option(help: "Pixels an image is moved at most, at random.")
    var shift = 0

    @Flag(help: "Mirror half of the images.")
    var flip = false

    @Option(help: "What is random follows from it.")
    var seed: UInt64 = 0

    @Option(help: "Threads to train on.")
    var threads = 2

    @Option(help: "A file to continue from after an interruption; another, with .centroids behind its name, is written beside it.")
    var checkpoint: String?

    @Flag(help: "Continue from the checkpoint.")
    var resume = false

    enum Rule: String, ExpressibleByArgument, CaseIterable { case adam, sgd }

    func validate() throws {
        for (name, value) in [("--batch", batch), ("--batches", batches), ("--window", window), ("--threads", threads)] where value < 1 {
            throw ValidationError("\(name) is 1 or more, not \(value)")
        }
        for (name, value) in [("--epochs", epochs), ("--centroid-epochs", centroidEpochs ?? 0), ("--shift", shift)] where value < 0 {
            throw ValidationError("\(name) is 0 or more, not \(value)")
        }
        for (name, value) in [("--rate", rate), ("--centroid-rate", centroidRate), ("--clip", clip.map(Double.init))] {
            if let value, !(value > 0 && value.isFinite) { throw ValidationError("\(name) is above 0, not \(value)") }
        }
        if !(temperature > 0) { throw ValidationError("--temperature is above 0, not \(temperature)") }
        if resume, checkpoint == nil { throw ValidationError("--resume needs --checkpoint FILE") }
    }

    var cut: FinetuningData.Cut {
        var cut = FinetuningData.Cut()
        cut.batchSize = batch
        cut.window = window
        cut.augmentation = Augmentation(shift: shift, flips: flip)
        cut.seed = seed
        return cut
    }

    var options: FinetuningOptions {
        var options = FinetuningOptions()
        options.rule =
            optimizer == .adam ? .adamW(weightDecay: decay) : .gradientDescent(momentum: 0.9, weightDecay: decay)
        options.rate = rate ?? (optimizer == .adam ? 0.001 : 0.01)
        options.centroidRate = centroidRate ?? options.rate / 3
        options.epochs = epochs
        options.centroidEpochs = centroidEpochs ?? (epochs + 1) / 2
        options.isGradual = gradual
        options.distillation = distill ? .init(temperature: temperature) : nil
        options.largestNorm = clip
        options.keepsStatistics = keepStatistics
        options.seed = seed
        options.threads = threads
        options.checkpointPath = checkpoint
        options.resumes = resume
        return options
    }
}
