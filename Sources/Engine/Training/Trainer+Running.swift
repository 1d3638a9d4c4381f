import Basics
import Glibc

extension Trainer {
    /// Trains to the end of the last epoch, or until the token is cancelled. `evaluate` gives a score after every epoch (higher is
    /// better; the negative mean loss stands in, or with a discriminator the number of steps); the parameters of the best one are kept, of
    /// the weights or of their average. Where training is cancelled, what the unfinished epoch came to is scored too.
    ///
    /// Checkpoints are made where the options name a place: at intervals, at the end of epochs, and where training is cancelled;
    /// one that cannot be written does not stop it (`checkpointFailure`).
    /// `progress` is called after every step.
    ///
    /// - Throws: a `TrainingError`, or what `evaluate` throws; the best weights so far are kept.
    public func run(
        cancellation: CancellationToken = CancellationToken(), evaluate: ((Trainer) throws -> Double)? = nil,
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let first = step
        let start = Self.seconds()
        let evaluate = evaluate ?? { $0.adversary == nil ? -$0.sums.meanLoss : Double($0.step) }
        while step < stepCount {
            if cancellation.isCancelled {
                checkpoint()
                // Not in the checkpoint: training continued from it is what it would have been without the interruption.
                do { if step > first, step % batches.batchCount != 0 { _ = try score(evaluate) } } catch is Cancelled {}
                return .cancelled
            }
            let epoch = epoch
            let value = try advance()
            var score: Double?
            if step % batches.batchCount == 0 {
                do { score = try self.score(evaluate) } catch is Cancelled {
                    checkpoint()
                    return .cancelled
                }
                history.append(
                    sums.result(epoch: epoch, learns: adversary?.learns, score: score ?? -.infinity, notes: notes))
                checkpoint()
            } else if step % max(1, options.checkpointInterval) == 0 {
                checkpoint()
            }
            let done = step - first
            let elapsed = Self.seconds() - start
            let pace = done > 0 && elapsed > 0 ? Double(done) / elapsed : nil
            progress(
                TrainingProgress(
                    step: step, stepCount: stepCount, epoch: epoch, loss: value.loss,
                    rate: options.schedule.rate(at: step - 1), epochLoss: sums.meanLoss,
                    epochAccuracy: sums.meanAccuracy,
                    adversarial: adversary.map { sums.meanJudgement(learns: $0.learns) },
                    speed: pace.map { $0 * Double(batches.batchSize) },
                    remainingSeconds: pace.map { Double(stepCount - step) / $0 }, score: score))
        }
        return .finished
    }

    /// Scores the weights as they are and, where it is kept, their average; the better of both is the one that counts.
    private func score(_ evaluate: (Trainer) throws -> Double) throws -> Double {
        try checkWeights()
        notes = []
        let own = try evaluate(self)
        keepIfBest(own)
        let noted = notes
        guard let averaged = try evaluateAverage(evaluate) else { return own }
        if averaged <= own { notes = noted }
        return max(own, averaged)
    }

    /// A full disk is no reason to lose what was trained: it is told of in the end.
    private func checkpoint() {
        guard let path = options.checkpointPath else { return }
        do throws(TrainingError) {
            try save(to: path)
            checkpointFailure = nil
        } catch { checkpointFailure = error }
    }

    private func checkWeights() throws(TrainingError) {
        for index in program.parameters.indices where !instance.parameter(index).allSatisfy(\.isFinite) {
            throw .diverged(step: step, loss: sums.meanLoss)
        }
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
