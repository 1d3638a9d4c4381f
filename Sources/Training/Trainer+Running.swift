import Glibc
import TensorCore

extension Trainer {
    /// Trains to the end of the last epoch, or until the token is cancelled. `evaluate` gives a score after every epoch (higher is
    /// better; the negative mean loss stands in); the parameters of the best one are kept. `progress` is called after every step.
    ///
    /// Checkpoints are made where the options name a place: at intervals, at the end of epochs, and where training is cancelled.
    ///
    /// - Throws: a `TrainingError`, or what `evaluate` throws; the best weights so far are kept.
    public func run(
        cancellation: CancellationToken = CancellationToken(), evaluate: ((Trainer) throws -> Double)? = nil,
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let first = step
        let start = Self.seconds()
        while step < stepCount {
            if cancellation.isCancelled {
                try checkpoint()
                return .cancelled
            }
            let epoch = epoch
            let value = try advance()
            var score: Double?
            if step % batches.batchCount == 0 {
                try checkWeights()
                let mean = sums.loss / Double(max(1, sums.batches))
                do { score = try evaluate?(self) ?? -mean } catch is Cancelled {
                    try checkpoint()
                    return .cancelled
                }
                if let score { keepIfBest(score) }
                try checkpoint()
            } else if step % max(1, options.checkpointInterval) == 0 {
                try checkpoint()
            }
            let done = step - first
            let elapsed = Self.seconds() - start
            let pace = done > 0 && elapsed > 0 ? Double(done) / elapsed : nil
            progress(
                TrainingProgress(
                    step: step, stepCount: stepCount, epoch: epoch, loss: value.loss,
                    rate: options.schedule.rate(at: step - 1), epochLoss: sums.loss / Double(max(1, sums.batches)),
                    epochAccuracy: sums.labelled > 0 ? Double(sums.correct) / Double(sums.labelled) : nil,
                    speed: pace.map { $0 * Double(batches.batchSize) },
                    remainingSeconds: pace.map { Double(stepCount - step) / $0 }, score: score))
        }
        return .finished
    }

    private func checkpoint() throws(TrainingError) {
        if let path = options.checkpointPath { try save(to: path) }
    }

    private func checkWeights() throws(TrainingError) {
        for index in program.parameters.indices where !instance.parameter(index).allSatisfy(\.isFinite) {
            throw .diverged(step: step, loss: sums.loss / Double(max(1, sums.batches)))
        }
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
