import ArgumentParser
import Basics
import Glibc
import ModelFormats
import Networks
import NeuralNetwork
import Reports
import Training

/// How a generator is trained against a discriminator.
struct ContestArguments: ParsableArguments {
    @Option(help: "Of dcgan: a file for its discriminator, which pare finetune can use.", completion: .file(extensions: ["onnx"]))
    var discriminator: String?

    @Option(help: "Of dcgan: what the discriminator's targets for real samples lie below 1.")
    var smooth: Float = 0.1

    func validate(for name: String, test: String?) throws {
        guard (0..<1).contains(smooth) else { throw ValidationError("--smooth is 0 or more and below 1, not \(smooth)") }
        guard NetworkDefinition.named(name)?.isGenerator == true else {
            if discriminator != nil { throw ValidationError("\(name) has no discriminator; dcgan has") }
            return
        }
        if test != nil { throw ValidationError("\(name) holds back a part of --data: it takes no --test") }
        if let discriminator, !discriminator.lowercased().hasSuffix(".onnx") {
            throw ValidationError("\(discriminator) does not end in .onnx")
        }
    }
}

extension TrainCommand {
    /// Trains a generator, and writes it and its discriminator.
    func trainGenerator(_ settings: TrainingSettings, _ output: String, _ bar: inout ProgressBar) throws {
        if let path = contest.discriminator { try RescuedFile.check(path) }
        let start = ContinuousClock.now
        var line = ContestLine()
        let trained: TrainedGenerator
        do {
            trained = try AdversarialTraining(data: open(data), settings: settings, smoothing: contest.smooth)
                .run(cancellation: Interruption.token) { line.show($0, epochs: settings.epochs, &bar) }
        } catch let failure as Failure {
            throw failure
        } catch let error as NetworkTrainingError {
            throw Failure(error.description)
        } catch is Cancelled {
            throw Failure("stopped before there was anything to keep")
        } catch {
            throw Failure(TextReport.words(for: error))
        }
        bar.show(1, "writing \(output)")
        try RescuedFile.write(to: output) { path throws(ModelWriteError) in try ModelFile.write(trained.generator, to: path) }
        if let path = contest.discriminator {
            try RescuedFile.write(to: path) { path throws(ModelWriteError) in try ModelFile.write(trained.discriminator, to: path) }
        }
        bar.clear()
        let seconds = Double(start.duration(to: .now).components.seconds)
        let report = GeneratorReport(
            trained, name: NetworkDefinition.dcgan.name, settings: settings, output: output, discriminator: contest.discriminator,
            seconds: seconds)
        Shell.output(json ? try JSONText.of(report) : report.text)
        if let reason = trained.checkpointFailure { Shell.error("there is no checkpoint: \(reason)") }
        if case .diverged(let reason) = trained.outcome { throw Failure("\(reason); \(output) holds the best weights until then") }
    }
}

/// The line that shows how a contest stands:
/// `epoch 2/25  generator 1.21  discriminator 0.98  D(x) 0.71  D(G(z)) 0.34  distance 0.0213  1,120/s  3:42 left`.
struct ContestLine {
    private var drawn: ContinuousClock.Instant?
    private var distance: Double?
    private static let interval = Duration.milliseconds(100)

    /// Draws the line, ten times a second at most.
    mutating func show(_ training: TrainingProgress, epochs: Int, _ bar: inout ProgressBar) {
        if let score = training.score { distance = -score }
        let now = ContinuousClock.now
        if let drawn, drawn.duration(to: now) < Self.interval { return }
        drawn = now
        var words = ["epoch \(training.epoch + 1)/\(epochs)"]
        if let judged = training.adversarial {
            words.append("generator \(NumberText.fixed(judged.generatorLoss, 2))")
            if let loss = judged.discriminatorLoss { words.append("discriminator \(NumberText.fixed(loss, 2))") }
            if let score = judged.realScore { words.append("D(x) \(NumberText.fixed(score, 2))") }
            words.append("D(G(z)) \(NumberText.fixed(judged.generatedScore, 2))")
        }
        if let distance { words.append("distance \(NumberText.fixed(distance, 4))") }
        if let speed = training.speed { words.append("\(NumberText.grouped(Int(speed)))/s") }
        if let seconds = training.remainingSeconds { words.append("\(NumberText.clock(seconds)) left") }
        bar.show(Double(training.step) / Double(max(1, training.stepCount)), words.joined(separator: "  "))
    }
}

/// What `pare train dcgan --json` prints; the keys are part of Pare's interface.
struct GeneratorReport: Encodable {
    struct Epoch: Encodable {
        var epoch: Int
        var generator_loss: Double
        var discriminator_loss: Double?
        var real_score: Double?
        var generated_score: Double
        var distance: Double
    }

    var network: String
    var outcome: String
    var seed: UInt64
    var threads: Int
    var seconds: Double
    var parameters: Int
    /// Sliced Wasserstein distance of samples from held-out data, of the best epoch.
    var distance: Double
    var epochs: [Epoch]
    var output: String
    var output_bytes: Int?
    var discriminator: String?

    init(
        _ trained: TrainedGenerator, name: String, settings: TrainingSettings, output: String, discriminator: String?,
        seconds: Double
    ) {
        network = name
        outcome = trained.outcome.word
        seed = settings.seed
        threads = settings.threads
        self.seconds = seconds
        parameters = trained.generator.parameterCount
        distance = trained.distance
        epochs = trained.epochs.map {
            Epoch(
                epoch: $0.number, generator_loss: $0.judged.generatorLoss, discriminator_loss: $0.judged.discriminatorLoss,
                real_score: $0.judged.realScore, generated_score: $0.judged.generatedScore, distance: $0.distance)
        }
        self.output = output
        var status = stat()
        output_bytes = stat(output, &status) == 0 ? Int(status.st_size) : nil
        self.discriminator = discriminator
    }

    var text: String {
        let size = output_bytes.map { ", \(NumberText.bytes($0))" } ?? ""
        var lines = ["\(output): \(network), \(NumberText.grouped(parameters)) parameters\(size)", ""]
        let number = epochs.min { $0.distance < $1.distance }.map { "  (epoch \($0.epoch), the best)" } ?? ""
        lines.append("distance \(NumberText.fixed(distance, 4)) from held-out data\(number)")
        if outcome == "cancelled" { lines.append("stopped early: the best weights until then") }
        return lines.joined(separator: "\n")
    }
}
