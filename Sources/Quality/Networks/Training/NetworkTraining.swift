import Basics
import Glibc
import NeuralNetwork
import Training

/// Trains a network from nothing and keeps the best epoch by held-out data.
public final class NetworkTraining {
    private let data: NetworkData
    private let trainer: Trainer
    private let settings: TrainingSettings

    /// - Throws: where the data does not fit, or there is no checkpoint to continue from.
    public init(_ model: Model, data: NetworkData, settings: TrainingSettings) throws(NetworkTrainingError) {
        self.data = data
        self.settings = settings
        let batches = data.batches
        var options = TrainerOptions()
        options.rule = settings.rule
        options.decaysVectors = false
        options.largestNorm = settings.largestNorm
        options.epochs = settings.epochs
        options.threads = settings.threads
        options.seed = settings.seed
        options.carried = batches.carried
        options.checkpointPath = settings.checkpointPath
        let steps = settings.epochs * batches.training.batchCount
        let warmUp = min(100, steps / 10)
        options.schedule = RateSchedule(
            settings.rate, .cosine(length: steps - warmUp, floor: settings.rate / 100), warmUp: warmUp)
        do throws(TrainingError) {
            trainer = try Trainer(model, batches: batches.training, shapes: batches.trainingShapes, options: options)
            if settings.resumes, let path = settings.checkpointPath, access(path, F_OK) == 0 { try trainer.resume(from: path) }
        } catch { throw .training(error) }
    }

    /// Trains to the end, or until the token is cancelled.
    ///
    /// - Throws: `Cancelled` or a `NetworkTrainingError` where there is nothing to keep yet.
    public func run(
        cancellation: CancellationToken = CancellationToken(), progress: (TrainingProgress, LossValue?) -> Void = { _, _ in }
    ) throws -> TrainedNetwork {
        let evaluation = try trainer.evaluation(shapes: data.batches.heldOutShapes)
        var measured: LossValue?
        var outcome = TrainedNetwork.Outcome.finished
        do {
            let ended = try trainer.run(cancellation: cancellation) { [data] trainer in
                // Measured to its end: an epoch that was not would be missing after a resumption.
                let value = try evaluation.measure(trainer, on: data.batches.heldOut)
                measured = value
                trainer.notes = [value.loss, Double(value.correct), Double(value.labelled)]
                return data.isText ? -value.loss : value.accuracy ?? -value.loss
            } progress: { [trainer] training in
                let isEnd = training.step % trainer.batches.batchCount == 0
                progress(training, isEnd ? measured : nil)
            }
            if ended == .cancelled { outcome = .cancelled }
        } catch TrainingError.diverged(let step, let loss) where trainer.bestScore != nil {
            outcome = .diverged(TrainingError.diverged(step: step, loss: loss).description)
        } catch let error as TrainingError {
            throw NetworkTrainingError.training(error)
        }
        guard trainer.bestScore != nil else { throw Cancelled() }
        trainer.restoreBest()
        return TrainedNetwork(
            model: trainer.bestModel(), heldOut: try evaluation.measure(trainer, on: data.batches.heldOut), test: try test(),
            epochs: trainer.history.compactMap { TrainedNetwork.Epoch($0) }, outcome: outcome, checkpointFailure: trainer.checkpointFailure?.description)
    }

    /// What data says that had no part in the training.
    private func test() throws -> LossValue? {
        guard let test = data.test else { return nil }
        return try trainer.evaluation(shapes: test.shapes).measure(trainer, on: test.batches)
    }
}

extension TrainedNetwork.Epoch {
    /// Nil where nothing was noted.
    fileprivate init?(_ result: EpochResult) {
        guard result.notes.count == 3 else { return nil }
        let heldOut = LossValue(loss: result.notes[0], correct: Int(result.notes[1]), labelled: Int(result.notes[2]))
        self.init(number: result.epoch + 1, loss: result.loss, accuracy: result.accuracy, heldOut: heldOut)
    }
}
