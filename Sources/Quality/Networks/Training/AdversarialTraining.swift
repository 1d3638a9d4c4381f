import Basics
import Datasets
import Digits
import Finetuning
import Glibc
import NeuralNetwork
import TensorCore
import Training

/// Trains a generator against a discriminator, and keeps the epoch whose samples are nearest to held-out data.
public final class AdversarialTraining {
    /// The part of the average of the weights that a step leaves as it was.
    private static let averageDecay: Float = 0.999
    /// Samples by which an epoch is judged.
    private static let judgedCount = 2_000
    private static let judgedBatch = 100

    private let trainer: Trainer
    private let samples: GeneratedSamples
    private let reference: SlicedDistance
    private let latents: RandomBatches

    /// `data` nil has digits drawn. `smoothing` is what real samples' targets lie below 1.
    ///
    /// - Throws: where the data does not fit, or a checkpoint is of another training.
    public init(data: DataSet?, settings: TrainingSettings, smoothing: Float = 0) throws(NetworkTrainingError) {
        let generator = NetworkDefinition.dcgan.model(seed: settings.seed)
        let (real, heldOut) = try Self.samples(data, settings)
        let inputs = try Self.shapes(of: generator, batch: settings.batchSize)
        let judged = try Self.shapes(of: generator, batch: Self.judgedBatch)
        do throws(TrainingError) {
            let batches = try SampleBatches(real, batchSize: settings.batchSize, seed: settings.seed)
            var options = TrainerOptions()
            options.loss = .meanSquaredError
            options.lossWeight = 0
            options.rule = settings.rule
            options.averageDecay = Self.averageDecay
            options.epochs = settings.epochs
            options.threads = settings.threads
            options.seed = settings.seed
            options.checkpointPath = settings.checkpointPath
            options.schedule = RateSchedule(
                settings.rate, .cosine(length: settings.epochs * batches.batchCount, floor: settings.rate / 10))
            var adversarial = AdversarialOptions(
                NetworkDefinition.dcganDiscriminator.model(seed: ~settings.seed), learning: .data(batches))
            adversarial.realTarget = 1 - smoothing
            adversarial.rule = settings.rule
            adversarial.schedule = options.schedule
            options.adversarial = adversarial
            trainer = try Trainer(
                generator,
                batches: RandomBatches(batchSize: settings.batchSize, batchCount: batches.batchCount, seed: settings.seed),
                shapes: inputs, options: options)
            samples = try GeneratedSamples(generator, shapes: judged, threads: settings.threads)
            if settings.resumes, let path = settings.checkpointPath, access(path, F_OK) == 0 { try trainer.resume(from: path) }
        } catch { throw .training(error) }
        let count = heldOut.count / Self.judgedBatch * Self.judgedBatch
        var values = [Float](repeating: 0, count: count * heldOut.shape.count)
        values.withUnsafeMutableBufferPointer { _ = heldOut.read(0..<count, into: $0) }
        reference = SlicedDistance(to: values, count: count, shape: heldOut.shape)
        latents = RandomBatches(batchSize: Self.judgedBatch, batchCount: count / Self.judgedBatch, seed: ~settings.seed)
    }

    private static func shapes(of model: Model, batch: Int) throws(NetworkTrainingError) -> [String: Shape] {
        do throws(FinetuningError) { return try FinetuningData(randomFor: model, batchSize: batch).trainingShapes } catch {
            throw .data(error.description)
        }
    }

    /// What is learned from and what epochs are judged by, in the generator's range.
    private static func samples(
        _ data: DataSet?, _ settings: TrainingSettings
    ) throws(NetworkTrainingError) -> (any SampleSource, any SampleSource) {
        let wanted = NetworkDefinition.dcgan.sampleShape ?? []
        func samples(_ data: DataSet) throws(NetworkTrainingError) -> any SampleSource {
            guard case .samples(let samples) = data.content else { throw .data("\(data.name) is a text; dcgan learns from images") }
            guard samples.shape == wanted else {
                throw .data("\(data.name) holds samples of \(samples.shape); dcgan draws \(wanted)")
            }
            return RescaledSamples(samples, to: -1...1)
        }
        guard let data else {
            return (
                try samples(.drawnDigits(settings.drawnCount, seed: DigitSet.trainingSeed)),
                try samples(.drawnDigits(judgedCount, seed: DigitSet.heldOutSeed))
            )
        }
        let all = try samples(data)
        let held = min(judgedCount, all.count / 10)
        guard held >= judgedBatch else {
            throw .data("\(data.name) holds \(all.count) samples; to learn to draw takes \(10 * judgedBatch)")
        }
        var random = SeededRandom(seed: settings.seed ^ 0x6865_6c64)
        let order = Array(0..<all.count).shuffled(using: &random)
        return (
            ChosenSamples(source: all, chosen: order.dropFirst(held).sorted()),
            ChosenSamples(source: all, chosen: order.prefix(held).sorted())
        )
    }

    /// Trains to the end, or until the token is cancelled.
    ///
    /// - Throws: `Cancelled` or a `NetworkTrainingError` where there is nothing to keep yet.
    public func run(
        cancellation: CancellationToken = CancellationToken(), progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainedGenerator {
        var outcome = TrainedNetwork.Outcome.finished
        do {
            let ended = try trainer.run(cancellation: cancellation) { [self] trainer in
                -reference.distance(of: try samples.draw(trainer, latents: latents))
            } progress: {
                progress($0)
            }
            if ended == .cancelled { outcome = .cancelled }
        } catch TrainingError.diverged(let step, let loss) where trainer.bestScore != nil {
            outcome = .diverged(TrainingError.diverged(step: step, loss: loss).description)
        } catch let error as TrainingError {
            throw NetworkTrainingError.training(error)
        }
        guard let score = trainer.bestScore, let discriminator = trainer.discriminator() else { throw Cancelled() }
        let epochs = trainer.history.compactMap { result in
            result.adversarial.map { TrainedGenerator.Epoch(number: result.epoch + 1, judged: $0, distance: -result.score) }
        }
        return TrainedGenerator(
            generator: trainer.bestModel(), discriminator: discriminator, distance: -score, epochs: epochs, outcome: outcome,
            checkpointFailure: trainer.checkpointFailure?.description)
    }
}

/// What training a generator came to.
public struct TrainedGenerator: Sendable {
    public struct Epoch: Sendable, Hashable {
        /// Counted from 1.
        public var number: Int
        /// Means over the epoch.
        public var judged: AdversarialValue
        /// Sliced Wasserstein distance of samples from held-out data, of the weights or of their average.
        public var distance: Double
    }

    /// The best epoch's.
    public var generator: Model
    /// As it was in the end.
    public var discriminator: Model
    /// Of the best epoch.
    public var distance: Double
    public var epochs: [Epoch]
    public var outcome: TrainedNetwork.Outcome
    /// Why there is no checkpoint to continue from, in one line; nil where there is, or none was wanted.
    public var checkpointFailure: String?
}
