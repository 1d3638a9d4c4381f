import Basics
import Composition
import Compression
import NeuralNetwork
import Testing
import Training

@testable import Finetuning

@Suite("Fine-tuning that is interrupted")
struct InterruptionTests {
    static let deep = LayerPlan(prune: .sparsity(0.6), share: SharePlan(clusters: 6))

    @Test("What is stopped within the first epoch is kept where it is better than the recipe alone")
    func firstEpoch() throws {
        let token = CancellationToken()
        let stopped = try SmallTasks.tune(Self.deep, cancellation: token) { if $0.training.step == 9 { token.cancel() } }
        #expect(stopped.outcome == .cancelled && stopped.epochs.isEmpty)
        #expect((stopped.final.accuracy ?? 0) > (stopped.oneShot.accuracy ?? 1), "\(stopped.oneShot) \(stopped.final)")
        #expect(try stopped.tuned.stored().byteCount > 0)
    }

    @Test("A resumed run reports every epoch as one that was not interrupted does", arguments: [7, 25, 44, 60])
    func epochs(step: Int) throws {
        let file = TemporaryFile()
        let whole = try SmallTasks.tune(Self.deep)
        #expect(whole.epochs.count == 7)
        var options = SmallTasks.options()
        options.checkpointPath = file.path
        let token = CancellationToken()
        var steps = 0
        _ = try SmallTasks.tune(Self.deep, options, cancellation: token) { _ in
            steps += 1
            if steps == step { token.cancel() }
        }
        options.resumes = true
        #expect(try SmallTasks.tune(Self.deep, options).epochs == whole.epochs)
    }

    @Test("Checkpoints that cannot be written are told of, and what was trained is the same")
    func fullDisk() throws {
        let whole = try SmallTasks.tune(Self.deep)
        #expect(whole.checkpointFailure == nil)
        var options = SmallTasks.options()
        options.checkpointPath = "/nowhere/at/all"
        let result = try SmallTasks.tune(Self.deep, options)
        #expect(try result.outcome == .finished && result.tuned.bytes == whole.tuned.bytes)
        #expect(result.checkpointFailure?.contains("/nowhere/at/all") == true)
    }
}

@Suite("Pruning in rounds")
struct RoundTests {
    private func options(rounds: Int) -> FinetuningOptions {
        var options = SmallTasks.options(epochs: 2, centroids: 1)
        options.rounds = rounds
        return options
    }

    @Test("Each round takes the same share of what is left, and the last ends at the recipe's sparsity")
    func sparsities() throws {
        let result = try SmallTasks.tune(LayerPlan(prune: .sparsity(0.9)), options(rounds: 3))
        #expect(result.epochs.map(\.round) == [1, 1, 2, 2, 3, 3])
        #expect(result.epochs.map(\.epoch) == [1, 2, 1, 2, 1, 2])
        let weights = try result.tuned.weights("inner")
        #expect(weights.count { $0 == 0 } == Int((Double(weights.count) * 0.9).rounded()))
        let dense = try PlainModel(
            Composer(SmallTasks.classifier()), plans: SmallTasks.classifier().layers.map { _ in LayerPlan(prune: .sparsity(0.9)) })
        let pruned = try dense.pruned()
        let kept = try [1.0 / 3, 2.0 / 3, 1].map { part in
            try dense.pruned(like: pruned, part: part).weights(of: 1).floats().count { $0 != 0 }
        }
        #expect(abs(Double(kept[1]) / Double(kept[0]) - Double(kept[2]) / Double(kept[1])) < 0.02, "\(kept)")
    }

    @Test("A run that is stopped in an early round is pruned to the end, and can be continued", arguments: [3, 30])
    func interruption(step: Int) throws {
        let file = TemporaryFile()
        let plan = LayerPlan(prune: .sparsity(0.8), share: SharePlan(clusters: 6))
        let whole = try SmallTasks.tune(plan, options(rounds: 3))
        var options = options(rounds: 3)
        options.checkpointPath = file.path
        let token = CancellationToken()
        var steps = 0
        let stopped = try SmallTasks.tune(plan, options, cancellation: token) { _ in
            steps += 1
            if steps == step { token.cancel() }
        }
        #expect(stopped.outcome == .cancelled)
        let weights = try stopped.tuned.weights("inner")
        #expect(Double(weights.count { $0 == 0 }) >= (Double(weights.count) * 0.8).rounded() - 1)
        options.resumes = true
        let resumed = try SmallTasks.tune(plan, options)
        #expect(try resumed.tuned.bytes == whole.tuned.bytes)
        #expect(resumed.epochs == whole.epochs)
    }
}
