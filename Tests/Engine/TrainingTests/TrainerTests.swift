import Basics
import Datasets
import Foundation
import NeuralNetwork
import TestNetworks
import Testing

@testable import Training

@Suite("Trainer")
struct TrainerTests {
    private func bytes(_ trainer: Trainer) -> [Int: [Float]] { trainer.tensors().mapValues { $0.floats() } }

    private func temporaryPath() -> String {
        NSTemporaryDirectory() + "pare-checkpoint-\(UInt64.random(in: 0 ... .max)).bin"
    }

    @Test("A small classifier learns to tell bars apart", arguments: [1, 2])
    func learning(threads: Int) throws {
        var options = SmallNetworks.options(epochs: 4)
        options.threads = threads
        let trainer = try SmallNetworks.trainer(options)
        let evaluation = try trainer.evaluation()
        let held = try SampleBatches(Bars(count: 256), batchSize: 32, isShuffled: false)
        let before = try evaluation.measure(trainer, on: held)
        var scores: [Double] = []
        let outcome = try trainer.run { trainer in
            let value = try evaluation.measure(trainer, on: held)
            return Double(value.correct) / Double(value.labelled)
        } progress: { progress in
            if let score = progress.score { scores.append(score) }
        }
        #expect(outcome == .finished)
        #expect(trainer.step == 32)
        let after = try evaluation.measure(trainer, on: held)
        #expect(after.loss < before.loss / 2)
        #expect(Double(after.correct) / Double(after.labelled) > 0.9)
        #expect(scores.count == 4)
        #expect(trainer.bestScore == scores.max())
    }

    @Test("The same seed gives the same bytes, another one does not", arguments: [1, 2])
    func determinism(threads: Int) throws {
        func train(_ seed: UInt64) throws -> [Int: [Float]] {
            var options = SmallNetworks.options(epochs: 1)
            options.seed = seed
            options.threads = threads
            let trainer = try SmallNetworks.trainer(options, augmentation: Augmentation(shift: 1, leastCrop: 0.9))
            _ = try trainer.run()
            return bytes(trainer)
        }
        let first = try train(1)
        #expect(try train(1) == first)
        #expect(try train(2) != first)
    }

    @Test("A resumed training gives the bytes of an uninterrupted one, wherever it was interrupted", arguments: [3, 8, 13])
    func resuming(step: Int) throws {
        var options = SmallNetworks.options(epochs: 3)
        options.pruning = ["inner": GradualPruning(to: 0.8, begin: 2, end: 18, interval: 4)]
        let whole = try SmallNetworks.trainer(options)
        _ = try whole.run()
        let path = temporaryPath()
        defer { unlink(path) }
        options.checkpointPath = path
        let interrupted = try SmallNetworks.trainer(options)
        let token = CancellationToken()
        let outcome = try interrupted.run(cancellation: token, progress: { if $0.step == step { token.cancel() } })
        #expect(outcome == .cancelled)
        #expect(interrupted.step == step)
        let resumed = try SmallNetworks.trainer(options)
        try resumed.resume(from: path)
        #expect(resumed.step == step)
        _ = try resumed.run()
        #expect(bytes(resumed) == bytes(whole))
        #expect(resumed.bestScore == whole.bestScore)
        #expect(try resumed.bestModel().tensors.map { try $0.tensor.floats() } == whole.bestModel().tensors.map { try $0.tensor.floats() })
    }

    @Test("A checkpoint that is cut, flipped or of another training is refused and changes nothing")
    func damage() throws {
        let path = temporaryPath()
        defer { unlink(path) }
        let trainer = try SmallNetworks.trainer()
        try trainer.advance()
        try trainer.save(to: path)
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let other = try SmallNetworks.trainer()
        let before = bytes(other)
        for count in stride(from: 0, to: whole.count, by: 997) {
            try Data(whole[..<count]).write(to: URL(fileURLWithPath: path))
            #expect(throws: TrainingError.self) { try other.resume(from: path) }
        }
        for place in stride(from: 3, to: whole.count, by: 1009) {
            var flipped = whole
            flipped[place] ^= 16
            try Data(flipped).write(to: URL(fileURLWithPath: path))
            #expect(throws: TrainingError.self) { try other.resume(from: path) }
        }
        try Data(whole).write(to: URL(fileURLWithPath: path))
        var options = SmallNetworks.options()
        options.seed = 99
        let third = try SmallNetworks.trainer(options)
        #expect(throws: TrainingError.self) { try third.resume(from: path) }
        #expect(throws: TrainingError.self) { try other.resume(from: path + ".missing") }
        #expect(throws: TrainingError.self) { try trainer.save(to: "/nowhere/at/all") }
        #expect(bytes(other) == before)
        #expect(other.step == 0)
    }

    @Test("Pruned weights stay zero, shared weights stay shared, frozen ones stay as they are")
    func constraints() throws {
        let model = SmallNetworks.classifier()
        let inner = try #require(model.graph?.initializers["inner"])
        let outer = try #require(model.graph?.initializers["outer"])
        let conv = try #require(model.graph?.initializers["conv"])
        let weights = try model.tensors[inner].tensor.floats().enumerated().map { $0.offset % 3 == 0 ? 0 : $0.element }
        let codes = try model.tensors[outer].tensor.floats().map { UInt16($0 < -0.2 ? 1 : $0 > 0.2 ? 2 : 0) }
        var options = SmallNetworks.options(epochs: 2)
        options.constraints = [
            "inner": .keepingZeros(of: weights), "outer": .shared(codes: codes, codebook: [0, -0.3, 0.3]), "conv": .frozen,
        ]
        let trainer = try SmallNetworks.trainer(options)
        _ = try trainer.run()
        let after = trainer.tensors()
        let pruned = try #require(after[inner]).floats()
        #expect(pruned.enumerated().allSatisfy { ($0.offset % 3 == 0) == ($0.element == 0) })
        let shared = try #require(after[outer]).floats()
        guard case .shared(_, let codebook)? = trainer.constraint(on: "outer") else {
            Issue.record("the outer weights are not shared")
            return
        }
        #expect(codebook[0] == 0)
        #expect(codebook[1] != -0.3)
        #expect(zip(shared, codes).allSatisfy { $0 == codebook[Int($1)] })
        #expect(try trainer.trainedModel().tensors[conv].tensor.floats() == model.tensors[conv].tensor.floats())
        options.constraints = ["inner": .masked(bits: [1])]
        #expect(throws: TrainingError.self) { try SmallNetworks.trainer(options) }
        options.constraints = ["nothing": .free]
        #expect(throws: TrainingError.self) { try SmallNetworks.trainer(options) }
    }

    @Test("A gradual schedule ends at its sparsity, and rounds of pruning go on from what is pruned")
    func pruning() throws {
        var options = SmallNetworks.options(epochs: 2)
        options.pruning = ["inner": GradualPruning(to: 0.75, begin: 0, end: 12, interval: 3)]
        let trainer = try SmallNetworks.trainer(options)
        _ = try trainer.run()
        let inner = try #require(SmallNetworks.classifier().graph?.initializers["inner"])
        func zeros() throws -> Int { try #require(trainer.tensors()[inner]).floats().count { $0 == 0 } }
        #expect(try zeros() == 972)
        try trainer.prune(to: ["inner": 0.9])
        #expect(try zeros() == 1166)
    }

    @Test("A loss that is not a number stops training, and the best weights are kept")
    func divergence() throws {
        var options = SmallNetworks.options(epochs: 5)
        options.rule = .gradientDescent(momentum: 0.9)
        options.schedule = RateSchedule(0.001, .milestones([8], factor: 1e30))
        let trainer = try SmallNetworks.trainer(options)
        #expect {
            _ = try trainer.run()
        } throws: { error in
            guard case TrainingError.diverged(let step, _) = error else { return false }
            return step > 8
        }
        #expect(trainer.bestScore != nil)
        #expect(try trainer.bestModel().tensors.allSatisfy { try $0.tensor.floats().allSatisfy(\.isFinite) })
        trainer.restoreBest()
        #expect(trainer.tensors().values.allSatisfy { $0.floats().allSatisfy(\.isFinite) })
    }

    @Test("Distillation needs no labels, and brings a student to its teacher")
    func distillation() throws {
        let teacher = try SmallNetworks.trainer(SmallNetworks.options(epochs: 4))
        _ = try teacher.run()
        var options = SmallNetworks.options(epochs: 4)
        let unlabelled = try SampleBatches(Bars(isLabelled: false), batchSize: 32)
        #expect(throws: TrainingError.self) {
            _ = try Trainer(
                SmallNetworks.classifier(), batches: unlabelled, shapes: ["x": [32, 1, 8, 8]], options: options)
        }
        options.loss = .distillation(temperature: 2, labelShare: 0.5)
        options.teacher = teacher.trainedModel()
        let student = try Trainer(
            SmallNetworks.classifier(seed: 8), batches: unlabelled, shapes: ["x": [32, 1, 8, 8]], options: options)
        _ = try student.run()
        let held = try SampleBatches(Bars(count: 256), batchSize: 32, isShuffled: false)
        let value = try student.evaluation().measure(student, on: held)
        #expect(Double(value.correct) / Double(value.labelled) > 0.9)
    }

    @Test("Augmentation moves, mirrors and fills as its seed says")
    func augmentation() {
        let image: [Float] = (1...12).map(Float.init)
        var seen: Set<[Float]> = []
        for seed in 0..<200 {
            var random = SeededRandom(seed: UInt64(seed))
            var copy = image
            var work = image
            copy.withUnsafeMutableBufferPointer { copy in
                work.withUnsafeMutableBufferPointer { work in
                    Augmentation(shift: 1, flips: true, fill: -1).apply(
                        to: copy, .init(channels: 1, height: 3, width: 4), random: &random, work: work)
                }
            }
            seen.insert(copy)
        }
        #expect(seen.count == 18)
        #expect(seen.contains([4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9]))
        #expect(seen.contains([-1, -1, -1, -1, -1, 1, 2, 3, -1, 5, 6, 7]))
    }
}
