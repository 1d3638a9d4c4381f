import Basics
import Composition
import Compression
import NeuralNetwork
import TensorCore
import Testing
import Training

@testable import Finetuning

@Suite("Fine-tuning with a discriminator")
struct DiscriminatorTests {
    /// Judges vectors of four numbers.
    private static func discriminator() -> Model {
        var random = SeededRandom(seed: 11)
        var tensors: [StoredTensor] = []
        var graph = Graph(name: "judge", operatorSets: ["": 13])
        for (name, shape) in [("first", [8, 4]), ("firstBias", [8]), ("second", [1, 8]), ("secondBias", [1])] as [(String, Shape)] {
            graph.initializers[name] = tensors.count
            let values = (0..<shape.count).map { _ in Float(random.normal()) * 0.3 }
            tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
        }
        graph.nodes = [
            Node(name: "first", operation: "Gemm", inputs: ["y", "first", "firstBias"], outputs: ["a"], attributes: ["transB": .integer(1)]),
            Node(name: "leaky", operation: "LeakyRelu", inputs: ["a"], outputs: ["b"], attributes: ["alpha": .float(0.2)]),
            Node(name: "second", operation: "Gemm", inputs: ["b", "second", "secondBias"], outputs: ["c"], attributes: ["transB": .integer(1)]),
            Node(name: "sigmoid", operation: "Sigmoid", inputs: ["c"], outputs: ["real"]),
        ]
        graph.inputs = [ValueInfo(name: "y", elementType: .float32, dimensions: [.symbol("N"), .fixed(4)])]
        graph.outputs = [ValueInfo(name: "real", elementType: .float32, dimensions: [.symbol("N"), .fixed(1)])]
        return Model(
            name: "judge.onnx", format: "test", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: graph,
            layers: [], macs: .unknown(reason: "test"))
    }

    private func tune(
        _ learning: AdversarialOptions.Learning, _ change: (inout FinetuningOptions) -> Void = { _ in },
        cancellation: CancellationToken = CancellationToken(), progress: (FinetuningProgress) -> Void = { _ in }
    ) throws -> FinetuningResult {
        let model = SmallTasks.classifier()
        let data = try FinetuningData(randomFor: model, batchSize: 32, batchCount: 20, seed: 1)
        var options = SmallTasks.options(epochs: 2, centroids: 1)
        options.distillation = .init()
        options.keepsStatistics = true
        var adversarial = AdversarialOptions(Self.discriminator(), learning: learning)
        adversarial.weight = 0.01
        options.adversarial = adversarial
        change(&options)
        let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.6), share: SharePlan(clusters: 12)) }
        return try Finetuner(Composer(model), plans: plans, data: data, options: options)
            .run(cancellation: cancellation, progress: progress)
    }

    @Test("Samples come nearer to the original's, whether the discriminator learns or not", arguments: [false, true])
    func distance(learns: Bool) throws {
        let result = try tune(learns ? .teacher : .nothing)
        #expect(result.original.distance == 0)
        #expect((result.final.distance ?? 9) < (result.oneShot.distance ?? 0) * 0.8, "\(result.oneShot) \(result.final)")
        #expect(result.epochs.allSatisfy { ($0.adversarial?.discriminatorLoss != nil) == learns })
        let before = try SmallTasks.classifier().tensors.first { $0.name == "inner" }?.tensor.floats() ?? []
        #expect(try result.tuned.weights("inner").count { $0 == 0 } == Int(Double(before.count) * 0.6))
        #expect(try Set(result.tuned.weights("inner")).subtracting([0]).count <= 12)
    }

    @Test("An interrupted run goes on to the same bytes, discriminator and all", arguments: [13, 44])
    func resuming(step: Int) throws {
        let file = TemporaryFile()
        let whole = try tune(.teacher)
        let token = CancellationToken()
        var steps = 0
        _ = try tune(.teacher, { $0.checkpointPath = file.path }, cancellation: token) { _ in
            steps += 1
            if steps == step { token.cancel() }
        }
        let resumed = try tune(
            .teacher,
            {
                $0.checkpointPath = file.path
                $0.resumes = true
            })
        #expect(try resumed.tuned.bytes == whole.tuned.bytes)
        #expect(resumed.epochs == whole.epochs)
    }

    @Test("A discriminator beside labels is refused in words")
    func labels() throws {
        var options = SmallTasks.options(epochs: 1, centroids: 0)
        options.adversarial = AdversarialOptions(Self.discriminator(), learning: .nothing)
        #expect { try SmallTasks.tune(LayerPlan(prune: .sparsity(0.5)), options) } throws: { "\($0)".contains("discriminator") }
    }
}
