import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Finetuning
import FoundationEssentials
import Glibc
import NeuralNetwork
import Recipes
import Reports
import Workbench

/// Reconstruction and fine-tuning in the background, one at a time.
extension Session {
    /// Starts a run; one that is under way ends with its best so far.
    func recover(_ request: RecoveryRequest, on bench: Workbench) {
        pause.release()
        recoveries.submit(.recover, rank: 0, job: request.kind.rawValue) { [self] token in
            do {
                let network =
                    switch request.task {
                    case .reconstruct(let rule): try reconstruct(request, rule, on: bench, token)
                    case .finetune(let settings, let start): try finetune(request, settings, from: start, on: bench, token)
                    }
                post(.recovered(network), from: bench)
                measure(network, on: bench)
            } catch is Cancelled {
                post(.recoveryEnded(request.number, reason: "stopped before there was anything to keep"), from: bench)
            } catch {
                post(.recoveryEnded(request.number, reason: message(for: error)), from: bench)
            }
        }
    }

    /// Ends what is under way, with the best so far.
    func stopRecovery() {
        recoveries.cancel(.recover)
        pause.release()
    }

    private func reconstruct(
        _ request: RecoveryRequest, _ rule: ReconstructRule, on bench: Workbench, _ token: CancellationToken
    ) throws -> RecoveredNetwork {
        let network = try bench.reconstruct(request.plans, rule, cancellation: token) { [self] fraction, layer in
            pause.wait()
            post(.recoveryProgressed(request.number, RecoveryProgress(fraction: fraction, detail: layer)), from: bench)
        }
        guard let reconstruction = network.reconstruction, reconstruction.rejection == nil else {
            throw RecoveryFailure(reason: network.reconstruction?.rejection ?? "the recipe does not ask for it")
        }
        let basis = "\(reconstruction.basis), \(NumberText.milliseconds(reconstruction.made.seconds))"
        return try RecoveredNetwork(request, network, rule: rule, basis: basis, on: bench, token)
    }

    private func finetune(
        _ request: RecoveryRequest, _ settings: FinetuningSettings, from recovered: RecoveredNetwork?, on bench: Workbench,
        _ token: CancellationToken
    ) throws -> RecoveredNetwork {
        let begun =
            try recovered?.network
            ?? RecipeNetwork(with: bench.composer, plans: request.plans, calibration: nil, data: bench.data, cancellation: token)
        let data = try RecoveryData(measuring: bench.data, settings, of: bench.model)
        let batches =
            try data.taught.map { try FinetuningData($0, test: nil, for: bench.model) }
            ?? FinetuningData(randomFor: bench.model)
        var options = FinetuningOptions()
        options.epochs = settings.epochs
        options.centroidEpochs = begun.asked.contains { $0.share != nil } ? settings.centroidEpochs : 0
        options.rate = settings.rate
        options.centroidRate = settings.rate / 3
        options.isGradual = settings.isGradual
        options.threads = Machine.processorCount
        if settings.distills || !batches.training.isLabelled { options.distillation = .init() }
        // Random inputs have other statistics than the data the network was made for.
        options.keepsStatistics = data.taught == nil
        let checkpoint = Checkpoint(request, settings, of: bench.path, in: works.path)
        if !request.continues { checkpoint?.remove() }
        options.checkpointPath = checkpoint?.path
        options.resumes = checkpoint?.isThere == true
        let finetuner = try begun.finetuner(batches, options, cancellation: token)
        let measure = RecoveryMeasure(finetuner.originalQuality, isText: batches.isText)
        var line = FinetuningCurve(options, measure, original: measure.value(of: finetuner.originalQuality))
        let result: FinetuningResult
        do {
            result = try finetuner.run(cancellation: token) { [self] progress in
                if let told = line.take(progress) { post(.recoveryProgressed(request.number, told), from: bench) }
                pause.wait()
            }
        } catch FinetuningError.training(.checkpoint) where options.resumes {
            // Of another network by now: it begins anew.
            checkpoint?.remove()
            return try finetune(request, settings, from: recovered, on: bench, token)
        }
        if result.outcome == .finished { checkpoint?.remove() }
        if let failure = result.checkpointFailure { post(.failed(message: "not kept for an interruption: \(failure)"), from: bench) }
        var told = RecoveryProgress(fraction: 1, detail: "")
        told.oneShot = measure.value(of: result.oneShot)
        post(.recoveryProgressed(request.number, told), from: bench)
        guard result.final != result.oneShot else {
            throw RecoveryFailure(
                reason: result.outcome == .cancelled ? "stopped before anything was better" : "no epoch was better than what it began with")
        }
        if case .diverged(let reason) = result.outcome { post(.failed(message: "\(reason); the best until then was kept"), from: bench) }
        let count = result.epochs.count
        let basis = "\(count) \(count == 1 ? "epoch" : "epochs") on \(data.name)"
        let network = try RecipeNetwork(training: begun, source: result.tuned.source, plans: result.tuned.plans, record: data.record)
        // What was stopped with its best so far is looked at to the end.
        return try RecoveredNetwork(request, network, rule: nil, basis: basis, on: bench, nil)
    }

    /// Measures what came of the newest run as its file will hold it, on data that it was not made from; again, where another run
    /// came between.
    private func measure(_ network: RecoveredNetwork, on bench: Workbench) {
        recoveries.submit(.measure, rank: 1, job: "measure") { [self] token in
            do { try measure(network, on: bench, token) } catch is Cancelled {
                guard !bench.isClosed, recoveries.waiting.contains(.recover), !recoveries.waiting.contains(.measure) else { return }
                measure(network, on: bench)
            }
        }
    }

    private func measure(_ network: RecoveredNetwork, on bench: Workbench, _ token: CancellationToken) throws {
        guard let meter = try restMeter(behind: network, of: bench) else { return }
        try meter.measureKnowingly(
            try network.configuration(cancellation: token), focus: nil, cancellation: token
        ) { [self] report in
            post(.recoveryMeasured(network.number, report), from: bench)
            if !recoveries.waiting.isEmpty || bench.isClosed { token.cancel() }
        }
    }
}

extension RecoveryMeasure {
    init(_ quality: FinetuningQuality, isText: Bool) {
        self = isText ? .bitsPerCharacter : quality.accuracy != nil ? .accuracy : quality.signalToNoise != nil ? .signalToNoise : .loss
    }

    func value(of quality: FinetuningQuality) -> Double? {
        switch self {
        case .accuracy: quality.accuracy
        case .bitsPerCharacter: quality.loss / M_LN2
        case .signalToNoise: quality.signalToNoise.flatMap { $0.isFinite ? $0 : nil }
        case .loss: quality.loss
        }
    }
}

/// Where a training is kept while it goes on: beside the work that is not saved, by what it is of.
private struct Checkpoint {
    let path: String

    /// Nil where nothing is kept. What is older than two weeks is cleared away.
    init?(_ request: RecoveryRequest, _ settings: FinetuningSettings, of model: String, in folder: String?) {
        guard let folder else { return nil }
        var digest = SHA256()
        digest.update(Array("\(model) \(request.plans) \(settings)".utf8))
        path = "\(folder)/\(digest.hexDigest().prefix(16)).training"
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.contains(".training") {
            var status = stat()
            let file = "\(folder)/\(name)"
            if stat(file, &status) == 0, status.st_mtim.tv_sec < time(nil) - 14 * 86_400 { unlink(file) }
        }
    }

    var isThere: Bool { exists(path) || exists(path + ".centroids") }

    func remove() {
        unlink(path)
        unlink(path + ".centroids")
    }
}

/// Why a training came to nothing.
private struct RecoveryFailure: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

/// Turns every step of a training into some ten points of a curve a second.
private struct FinetuningCurve {
    private let options: FinetuningOptions
    private let measure: RecoveryMeasure
    private var original: Double?
    private var smoothed: Double?
    private var told: ContinuousClock.Instant?
    private let begun = ContinuousClock.now

    init(_ options: FinetuningOptions, _ measure: RecoveryMeasure, original: Double?) {
        self.options = options
        self.measure = measure
        self.original = original
    }

    mutating func take(_ progress: FinetuningProgress) -> RecoveryProgress? {
        let training = progress.training
        smoothed = smoothed.map { 0.9 * $0 + 0.1 * training.loss } ?? training.loss
        let now = ContinuousClock.now
        if progress.heldOut == nil, let told, told.duration(to: now) < .milliseconds(100) { return nil }
        told = now
        // Both phases are one line; how many epochs each has is known.
        let epochs = Double(max(1, options.epochs + options.centroidEpochs))
        let part = Double(progress.phase == .retraining ? options.epochs : options.centroidEpochs) / epochs
        let before = progress.phase == .retraining ? 0 : Double(options.epochs) / epochs
        let fraction = before + part * Double(training.step) / Double(max(1, training.stepCount))
        let count = progress.phase == .retraining ? options.epochs : options.centroidEpochs
        let name = progress.phase == .retraining ? "weights" : "shared values"
        var told = RecoveryProgress(
            fraction: fraction, detail: "\(name), epoch \(min(count, training.epoch + 1)) of \(count)")
        told.loss = smoothed
        told.measure = measure
        told.original = original
        told.heldOut = progress.heldOut.flatMap(measure.value)
        let elapsed = begun.duration(to: now) / .seconds(1)
        if fraction > 0.01 { told.secondsLeft = elapsed * (1 - fraction) / fraction }
        return told
    }
}
