import Basics
import Composition
import Compression
import Datasets
import Glibc
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing
import Training

@testable import Finetuning

@Suite("Fine-tuning under a recipe")
struct FinetunerTests {
    static let deep = LayerPlan(prune: .sparsity(0.6), share: SharePlan(clusters: 6))

    /// Plans of all kinds, with whether values are shared by the trained network.
    static let plans: [(name: String, plan: LayerPlan, clusters: Int?)] = [
        ("pruned", LayerPlan(prune: .sparsity(0.6)), nil),
        ("shared", LayerPlan(share: SharePlan(clusters: 4, method: .optimal)), 4),
        ("pruned and shared", deep, 6),
        (
            "entropy-constrained",
            LayerPlan(prune: .sparsity(0.3), share: SharePlan(clusters: 12, method: .entropy), code: CodePlan(entropy: .context)), 12
        ),
        ("trellis", LayerPlan(share: SharePlan(clusters: 12, method: .trellis), code: CodePlan(entropy: .context)), nil),
        ("factors", LayerPlan(factorize: .rank(3), prune: .sparsity(0.3), share: SharePlan(clusters: 16)), 16),
        ("fewer filters", LayerPlan(filters: FilterRule(.fraction(0.5)), prune: .sigma(0.3)), nil),
    ]

    @Test("What is trained is stored bit for bit, and is better than the recipe alone", arguments: plans.indices)
    func stored(_ index: Int) throws {
        let (name, plan, clusters) = Self.plans[index]
        // Shared values have little to move with, so they begin with a network that knows its task.
        let model = name == "shared" ? try SmallTasks.trained() : SmallTasks.classifier()
        let result = try SmallTasks.tune(plan, model: model)
        #expect(result.outcome == .finished)
        let file = try result.tuned.stored()
        #expect(file.byteCount == file.accounted)
        for tensor in result.tuned.model.tensors {
            let found = try #require(file.tensors[tensor.name], "\(name): \(tensor.name)")
            #expect(try found.map(\.bitPattern) == tensor.tensor.floats().map(\.bitPattern), "\(name): \(tensor.name)")
        }
        for (layer, plan) in zip(result.tuned.model.layers, result.tuned.plans) where !plan.keepsWeights {
            let values = try Set(result.tuned.model.tensors[layer.weight].tensor.floats())
            if let clusters { #expect(values.subtracting([0]).count <= clusters, "\(name): \(layer.name)") }
        }
        #expect((result.final.accuracy ?? 0) > (result.oneShot.accuracy ?? 1), "\(name)")
        #expect((result.final.accuracy ?? 0) > 0.8, "\(name): \(result.final)")
    }

    @Test("Weights that pruning dropped are zero after both phases, and no more are", arguments: [false, true])
    func zeros(isGradual: Bool) throws {
        var options = SmallTasks.options()
        options.isGradual = isGradual
        let result = try SmallTasks.tune(Self.deep, options)
        let model = SmallTasks.classifier()
        for name in ["conv", "inner", "outer"] {
            let (before, after) = try (model.tensors.first { $0.name == name }?.tensor.floats() ?? [], result.tuned.weights(name))
            let dropped = Int(Double(before.count) * 0.6)
            #expect(after.count { $0 == 0 } == dropped, "\(name)")
            #expect(after.allSatisfy { $0 != 0 || $0.sign == .plus })
            if !isGradual {
                let threshold = before.map(\.magnitude).sorted()[dropped]
                #expect(zip(before, after).allSatisfy { ($0.magnitude < threshold) == ($1 == 0) }, "\(name): other weights are zero")
            }
        }
        #expect(result.epochs.map(\.phase) == Array(repeating: .retraining, count: 4) + Array(repeating: .centroids, count: 3))
    }

    @Test("What is only shared moves by its shared values at once: weights stay together")
    func together() throws {
        let model = try SmallTasks.trained()
        let plan = LayerPlan(share: SharePlan(clusters: 4))
        let result = try SmallTasks.tune(plan, model: model)
        #expect(result.epochs.allSatisfy { $0.phase == .centroids })
        let before = try #require(model.tensors.first { $0.name == "inner" }).tensor.read()
        let pruned = LayerPlan(prune: FinetunedModel.least, share: plan.share)
        let untrained = try LayerTables(preparing: before).values(for: pruned, weights: before).floats()
        let trained = try result.tuned.weights("inner")
        #expect(untrained != trained)
        let pairs = Set(zip(untrained, trained).map { [$0, $1] })
        #expect(pairs.count == Set(untrained).count)
    }

    @Test("The same seed gives the same bytes, another does not")
    func determinism() throws {
        let first = try SmallTasks.tune(Self.deep)
        #expect(try SmallTasks.tune(Self.deep).tuned.bytes == first.tuned.bytes)
        var options = SmallTasks.options()
        options.isGradual = true
        #expect(try SmallTasks.tune(Self.deep, options).tuned.bytes != first.tuned.bytes)
    }

    @Test("Training that was interrupted goes on to the same bytes", arguments: [1, 7, 40, 44, 46, 60])
    func resume(step: Int) throws {
        let file = TemporaryFile()
        let whole = try SmallTasks.tune(Self.deep)
        var options = SmallTasks.options()
        options.checkpointPath = file.path
        let token = CancellationToken()
        var steps = 0
        let partial = try SmallTasks.tune(Self.deep, options, cancellation: token) { _ in
            steps += 1
            if steps == step { token.cancel() }
        }
        #expect(partial.outcome == .cancelled)
        #expect(try partial.tuned.stored().byteCount > 0)
        options.resumes = true
        let resumed = try SmallTasks.tune(Self.deep, options)
        #expect(resumed.outcome == .finished)
        #expect(try resumed.tuned.bytes == whole.tuned.bytes)
    }

    @Test("A checkpoint of another recipe is refused")
    func otherRecipe() throws {
        let file = TemporaryFile()
        var options = SmallTasks.options(epochs: 1, centroids: 1)
        options.checkpointPath = file.path
        _ = try SmallTasks.tune(Self.deep, options)
        options.resumes = true
        #expect(throws: FinetuningError.self) {
            try SmallTasks.tune(LayerPlan(prune: .sparsity(0.5), share: SharePlan(clusters: 6)), options)
        }
    }

    @Test("Data without labels is refused, unless the original's outputs are wanted")
    func labels() throws {
        let bars = Bars(isLabelled: false)
        #expect {
            try SmallTasks.tune(Self.deep, bars: bars)
        } throws: { error in
            (error as? FinetuningError)?.description.contains("no labels") ?? false
        }
        var options = SmallTasks.options(epochs: 8, centroids: 4)
        options.distillation = .init()
        let result = try SmallTasks.tune(Self.deep, options, bars: bars)
        #expect(result.final.accuracy == nil)
        #expect((result.final.signalToNoise ?? 0) > (result.oneShot.signalToNoise ?? 0) + 1)
    }

    @Test("A network that makes something is taught by its own outputs, of random inputs")
    func random() throws {
        let model = SmallTasks.classifier()
        let data = try FinetuningData(randomFor: model, batchSize: 32, batchCount: 20, seed: 1)
        var options = SmallTasks.options()
        options.distillation = .init()
        options.keepsStatistics = true
        let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.5), share: SharePlan(clusters: 16)) }
        let result = try Finetuner(Composer(model), plans: plans, data: data, options: options).run()
        #expect((result.final.signalToNoise ?? 0) > (result.oneShot.signalToNoise ?? 0) + 3, "\(result.oneShot) \(result.final)")
        #expect(result.original.signalToNoise == .infinity)
    }

    @Test("Where the loss stops being a number, the best weights until then are kept")
    func divergence() throws {
        let good = try SmallTasks.tune(Self.deep)
        var options = SmallTasks.options()
        options.rule = .gradientDescent(momentum: 0)
        options.rate = 1e30
        let result = try SmallTasks.tune(Self.deep, options)
        guard case .diverged(let reason) = result.outcome else {
            Issue.record("\(result.outcome)")
            return
        }
        #expect(reason.contains("learning rate"))
        #expect(result.final == result.oneShot && result.oneShot == good.oneShot)
        #expect(try result.tuned.model.tensors.allSatisfy { try $0.tensor.floats().allSatisfy(\.isFinite) })
        #expect(try result.tuned.stored().byteCount > 0)
    }

    @Test("A learning rate that ruins a network leaves it as the recipe made it")
    func ruin() throws {
        let model = try SmallTasks.trained()
        var options = SmallTasks.options()
        options.rate = 3
        options.centroidRate = 3
        let result = try SmallTasks.tune(LayerPlan(prune: .sparsity(0.2), share: SharePlan(clusters: 16)), options, model: model)
        #expect((result.final.accuracy ?? 0) >= (result.oneShot.accuracy ?? 1))
    }

    @Test("Data that does not fit the network is refused in words")
    func misfit() throws {
        struct Wide: SampleSource {
            var count: Int { 100 }
            var shape: Shape { [3, 9, 9] }
            var labels: [Int]? { nil }
            func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] { [] }
        }
        #expect(throws: FinetuningError.self) {
            try FinetuningData(DataSet(name: "wide", content: .samples(Wide())), test: nil, for: SmallTasks.classifier())
        }
        let text = TokenText(tokens: Array(repeating: 1, count: 5000), vocabularyCount: 2)
        #expect(throws: FinetuningError.self) {
            try FinetuningData(DataSet(name: "text", content: .text(text)), test: nil, for: SmallTasks.classifier())
        }
    }
}
