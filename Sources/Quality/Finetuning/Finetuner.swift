import Basics
import Composition
import Compression
import Glibc
import NeuralNetwork
import TensorCore
import Training

/// Trains a network under plans: prune, retrain what is left, share, train the shared values (Han, Mao, Dally 2016).
///
/// Filters and factors are in place from the beginning. The best weights by held-out data are kept.
public final class Finetuner {
    public let data: FinetuningData
    public let options: FinetuningOptions
    let original: Model
    /// Everything in its shape, nothing pruned or shared yet.
    let dense: PlainModel
    let loss: Loss
    /// Held-out batches, with the original's outputs where they have no labels.
    let heldOut: any Batches
    let trainable: Set<Int>
    private let pass: ForwardPass
    private(set) var epochs: [FinetuningEpoch] = []
    /// Of the original on held-out data.
    public let originalQuality: FinetuningQuality
    /// What a generator's samples are compared with, where a discriminator takes part.
    private let reference: SlicedDistance?
    private var checkpointFailure: String?
    /// The discriminator as the phase before left it.
    private var discriminator: Model?

    /// Composes shapes, and measures the original: the composer's model, or the one that it was made of.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure`, or a `FinetuningError` that says what does not fit.
    public init(
        _ composer: Composer, plans: [LayerPlan], data: FinetuningData, options: FinetuningOptions = FinetuningOptions(),
        original: Model? = nil, cancellation: CancellationToken? = nil
    ) throws {
        let original = original ?? composer.model
        self.original = original
        self.data = data
        self.options = options
        dense = try PlainModel(composer, plans: plans, cancellation: cancellation)
        trainable = dense.model.trainableTensors
        let loss = try Self.loss(for: original, data, options)
        self.loss = loss
        func pass(_ model: Model) throws(FinetuningError) -> ForwardPass {
            try ForwardPass(
                model, shapes: data.heldOutShapes, carried: data.carried, threads: options.threads,
                readsLogits: loss != .meanSquaredError)
        }
        let teacher = try pass(original)
        try teacher.load(original)
        var heldOut = data.heldOut
        if !heldOut.isLabelled || loss == .meanSquaredError {
            heldOut = RecordedBatches(
                batches: heldOut, outputs: try teacher.outputs(of: heldOut, cancellation: cancellation))
        }
        self.heldOut = heldOut
        reference = try Self.reference(heldOut, teacher.outputShape, loss, options)
        originalQuality = try teacher.measure(heldOut, loss: loss, reference: reference, cancellation: cancellation)
        self.pass = try pass(dense.model)
    }

    /// Cross-entropy where there are labels; of an original, what its output is like.
    private static func loss(
        for model: Model, _ data: FinetuningData, _ options: FinetuningOptions
    ) throws(FinetuningError) -> Loss {
        guard let distillation = options.distillation else {
            guard data.training.isLabelled, data.heldOut.isLabelled else {
                throw .data(
                    "the \(data.training.isLabelled ? "test " : "")data has no labels; by distillation the original's outputs are the targets")
            }
            return .crossEntropy
        }
        let isScores = data.isText || data.training.isLabelled || model.graph?.outputs.first?.dimensions?.count == 2
        guard isScores, !(data.training is RandomBatches) else { return .meanSquaredError }
        return .distillation(temperature: distillation.temperature, labelShare: distillation.labelShare)
    }

    private static func reference(
        _ heldOut: any Batches, _ shape: Shape, _ loss: Loss, _ options: FinetuningOptions
    ) throws(FinetuningError) -> SlicedDistance? {
        guard options.adversarial != nil else { return nil }
        guard loss == .meanSquaredError, let recorded = heldOut as? RecordedBatches else {
            throw .network("a discriminator takes part where a generator learns from its own outputs, of random inputs")
        }
        let samples = recorded.outputs.flatMap { $0 }
        return SlicedDistance(to: samples, count: samples.count / max(1, shape.count), shape: shape)
    }

    private func measure(_ model: Model, _ cancellation: CancellationToken? = nil) throws -> FinetuningQuality {
        try pass.load(model)
        return try pass.measure(heldOut, loss: loss, reference: reference, cancellation: cancellation)
    }

    private func score(_ quality: FinetuningQuality) -> Double { quality.score(byLoss: data.isText) }

    /// Fine-tunes to the end, or until the token is cancelled: then the best so far is made what it would have been at the end.
    ///
    /// - Throws: `PreparationFailure`, or a `FinetuningError`; `Cancelled` only before there is anything to keep.
    public func run(
        cancellation: CancellationToken = CancellationToken(), progress: (FinetuningProgress) -> Void = { _ in }
    ) throws -> FinetuningResult {
        epochs = []
        discriminator = nil
        checkpointFailure = nil
        if !options.resumes, let path = options.checkpointPath {
            unlink(Self.centroidPath(path))
            for round in 1..<max(2, options.rounds) { unlink(Self.roundPath(path, round)) }
        }
        let pruned = try dense.pruned(cancellation)
        let oneShot = try FinetunedModel(sharing: pruned, cancellation: cancellation)
        let oneShotQuality = try measure(oneShot.model, cancellation)
        var outcome = FinetuningOutcome.finished

        var retrained = pruned
        if options.epochs > 0, retrains {
            (retrained, outcome) = try retrain(from: pruned, cancellation, progress)
        }
        var tuned = try FinetunedModel(sharing: retrained)
        if outcome == .finished, options.centroidEpochs > 0, !sharedLayers.isEmpty {
            outcome = try trainCentroids(&tuned, cancellation, progress)
        }
        var final = try measure(tuned.model)
        if score(final) < score(oneShotQuality) || !final.loss.isFinite { (tuned, final) = (oneShot, oneShotQuality) }
        return FinetuningResult(
            tuned: tuned, original: originalQuality, oneShot: oneShotQuality, final: final, epochs: epochs, outcome: outcome,
            checkpointFailure: checkpointFailure)
    }

    /// Whether there is something for single weights to make up for: where all that is done is sharing, shared values move at once.
    private var retrains: Bool {
        dense.changed.contains { dense.plans[$0].prune != nil } || sharedLayers.isEmpty
            || dense.model.parameterCount != original.parameterCount
    }

    /// The layers whose shared values are trained; codes on a trellis follow from each other and stay as they are quantized.
    var sharedLayers: [Int] {
        dense.changed.filter { layer in
            dense.isTrained(layer, trainable) && dense.plans[layer].share.map { $0.method != .trellis } ?? false
        }
    }

    static func centroidPath(_ path: String) -> String { path + ".centroids" }

    static func roundPath(_ path: String, _ round: Int) -> String { "\(path).round\(round)" }
}

// MARK: - One phase

extension Finetuner {
    /// Options of a phase, but for its constraints.
    func phaseOptions(_ phase: FinetuningPhase) -> TrainerOptions {
        var trainer = TrainerOptions()
        trainer.loss = loss
        trainer.rule = options.rule
        trainer.epochs = phase == .retraining ? options.epochs : options.centroidEpochs
        let rate = phase == .retraining ? options.rate : options.centroidRate
        let steps = trainer.epochs * data.training.batchCount
        trainer.schedule = RateSchedule(rate, .cosine(length: steps, floor: rate / 100), warmUp: min(20, steps / 10))
        trainer.decaysVectors = false
        trainer.largestNorm = options.largestNorm
        trainer.threads = options.threads
        trainer.seed = options.seed &+ (phase == .retraining ? 0 : 1)
        trainer.statistics = options.keepsStatistics ? .frozen : .batch
        trainer.carried = data.carried
        trainer.teacher = options.distillation == nil ? nil : original
        if var adversarial = options.adversarial {
            adversarial.discriminator = discriminator ?? adversarial.discriminator
            trainer.adversarial = adversarial
        }
        trainer.checkpointPath = options.checkpointPath.map { phase == .retraining ? $0 : Self.centroidPath($0) }
        return trainer
    }

    /// Runs a trainer to its end and gives its best network; `start` where nothing was better.
    func train(
        _ phase: FinetuningPhase, round: Int = 1, _ trainer: Trainer, start: (model: Model, score: Double?), countsFrom first: Int = 0,
        _ cancellation: CancellationToken, _ progress: (FinetuningProgress) -> Void
    ) throws -> (best: Model, outcome: FinetuningOutcome) {
        var measured: FinetuningQuality?
        var outcome = FinetuningOutcome.finished
        defer {
            epochs += trainer.history.compactMap { FinetuningEpoch($0, phase: phase, round: round) }
            discriminator = trainer.discriminator() ?? discriminator
            checkpointFailure = trainer.checkpointFailure?.description
        }
        do {
            let ended = try trainer.run(cancellation: cancellation) { [self] trainer in
                pass.load(trainer.tensors())
                // Measured to its end: an epoch that was not would be missing after a resumption.
                let quality = try pass.measure(heldOut, loss: loss, reference: reference)
                measured = quality
                trainer.notes = quality.numbers
                // Weights of an epoch in which sparsities still grew are not what was asked for.
                return trainer.step > first ? score(quality) : -.infinity
            } progress: { training in
                progress(FinetuningProgress(phase: phase, round: round, training: training, heldOut: measured))
                measured = nil
            }
            if ended == .cancelled { outcome = .cancelled }
        } catch TrainingError.diverged(let step, let loss) {
            outcome = .diverged(TrainingError.diverged(step: step, loss: loss).description)
        } catch let error as TrainingError {
            throw FinetuningError.training(error)
        }
        guard let best = trainer.bestScore else { return (start.model, outcome) }
        if let score = start.score, best < score { return (start.model, outcome) }
        return (trainer.bestModel(), outcome)
    }

    /// Continues from a checkpoint, if that is wanted and there is one.
    func resume(_ trainer: Trainer, from path: String?) throws(FinetuningError) {
        guard options.resumes, let path, access(path, F_OK) == 0 else { return }
        try training { () throws(TrainingError) in try trainer.resume(from: path) }
    }

    /// The score of a network before a phase.
    func startScore(_ model: Model) throws -> Double { score(try measure(model)) }
}

extension FinetuningEpoch {
    /// Nil where no quality was noted.
    init?(_ result: EpochResult, phase: FinetuningPhase, round: Int) {
        guard let heldOut = FinetuningQuality(numbers: result.notes) else { return nil }
        self.init(
            phase: phase, round: round, epoch: result.epoch + 1, loss: result.loss, accuracy: result.accuracy,
            adversarial: result.adversarial, heldOut: heldOut)
    }
}
