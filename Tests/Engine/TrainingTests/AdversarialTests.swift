import Basics
import Datasets
import Foundation
import NeuralNetwork
import TensorCore
import Testing

@testable import Training

/// What Tests/Generators/make_adversarial.py writes.
private struct Goldens: Decodable {
    struct Step: Decodable {
        var discriminatorLoss, generatorLoss, realScore, generatedScore: Double
        var generator, discriminator: [String: [Float]]
    }

    var batch: Int
    var latents, real: [[Float]]
    var generator, discriminator: [String: [Float]]
    var steps: [Step]

    static func read() throws -> Goldens {
        guard let place = Bundle.module.url(forResource: "adversarial", withExtension: "json", subdirectory: "Goldens")
        else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: place))
    }
}

/// Batches that are written down.
private struct GivenBatches: Batches {
    var values: [[Float]]
    var batchSize: Int
    var batchCount: Int { values.count }
    var isLabelled: Bool { false }

    func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        values[batch].withUnsafeBytes { bytes in inputs.values.first?.copyMemory(from: bytes) }
        return BatchTargets()
    }
}

/// The two networks of the goldens.
private enum SmallAdversaries {
    static func model(
        _ name: String, _ input: ValueInfo, _ output: String, _ nodes: [Node], _ weights: [(String, Shape, [Float])]
    ) -> Model {
        var tensors: [StoredTensor] = []
        var initializers: [String: Int] = [:]
        for (name, shape, values) in weights {
            initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
        }
        let graph = Graph(
            nodes: nodes, inputs: [input], outputs: [ValueInfo(name: output, elementType: .float32, dimensions: nil)],
            initializers: initializers, operatorSets: ["": 13])
        return Model(
            name: name, format: "test", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: graph, layers: [],
            macs: .unknown(reason: "test"))
    }

    static func generator(_ values: [String: [Float]]) -> Model {
        model(
            "generator",
            ValueInfo(name: "z", elementType: .float32, dimensions: [.symbol("N"), .fixed(4), .fixed(1), .fixed(1)]), "image",
            [
                Node(operation: "ConvTranspose", inputs: ["z", "0.weight"], outputs: ["a"]),
                Node(operation: "BatchNormalization", inputs: ["a", "1.weight", "1.bias", "mean", "variance"], outputs: ["b"]),
                Node(operation: "Relu", inputs: ["b"], outputs: ["c"]),
                Node(
                    operation: "ConvTranspose", inputs: ["c", "3.weight", "3.bias"], outputs: ["d"],
                    attributes: ["strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])]),
                Node(operation: "Tanh", inputs: ["d"], outputs: ["image"]),
            ],
            [
                ("0.weight", [4, 6, 3, 3], values["0.weight"] ?? []), ("1.weight", [6], values["1.weight"] ?? []),
                ("1.bias", [6], values["1.bias"] ?? []), ("mean", [6], Array(repeating: 0, count: 6)),
                ("variance", [6], Array(repeating: 1, count: 6)), ("3.weight", [6, 1, 3, 3], values["3.weight"] ?? []),
                ("3.bias", [1], values["3.bias"] ?? []),
            ])
    }

    static func discriminator(_ values: [String: [Float]]) -> Model {
        model(
            "discriminator",
            ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(1), .fixed(5), .fixed(5)]), "real",
            [
                Node(
                    operation: "Conv", inputs: ["x", "0.weight"], outputs: ["a"],
                    attributes: ["strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])]),
                Node(operation: "BatchNormalization", inputs: ["a", "1.weight", "1.bias", "mean", "variance"], outputs: ["b"]),
                Node(operation: "LeakyRelu", inputs: ["b"], outputs: ["c"], attributes: ["alpha": .float(0.2)]),
                Node(operation: "Flatten", inputs: ["c"], outputs: ["d"]),
                Node(operation: "Gemm", inputs: ["d", "4.weight", "4.bias"], outputs: ["e"], attributes: ["transB": .integer(1)]),
                Node(operation: "Sigmoid", inputs: ["e"], outputs: ["real"]),
            ],
            [
                ("0.weight", [5, 1, 3, 3], values["0.weight"] ?? []), ("1.weight", [5], values["1.weight"] ?? []),
                ("1.bias", [5], values["1.bias"] ?? []), ("mean", [5], Array(repeating: 0, count: 5)),
                ("variance", [5], Array(repeating: 1, count: 5)), ("4.weight", [1, 45], values["4.weight"] ?? []),
                ("4.bias", [1], values["4.bias"] ?? []),
            ])
    }
}

@Suite("A generator against a discriminator")
struct AdversarialTests {
    private let goldens: Goldens
    private let generator: Model
    private let discriminator: Model

    init() throws {
        goldens = try Goldens.read()
        generator = SmallAdversaries.generator(goldens.generator)
        discriminator = SmallAdversaries.discriminator(goldens.discriminator)
    }

    private func options(epochs: Int = 1, threads: Int = 1) -> TrainerOptions {
        var options = TrainerOptions()
        options.loss = .meanSquaredError
        options.lossWeight = 0
        options.rule = .adam(beta1: 0.5)
        options.schedule = RateSchedule(0.002)
        options.epochs = epochs
        options.threads = threads
        var adversarial = AdversarialOptions(
            discriminator, learning: .data(GivenBatches(values: goldens.real, batchSize: goldens.batch)))
        adversarial.schedule = RateSchedule(0.002)
        adversarial.realTarget = 0.9
        options.adversarial = adversarial
        return options
    }

    private func trainer(_ options: TrainerOptions) throws -> Trainer {
        try Trainer(
            generator, batches: GivenBatches(values: goldens.latents, batchSize: goldens.batch),
            shapes: ["z": [goldens.batch, 4, 1, 1]], options: options)
    }

    private func weights(_ model: Model) throws -> [[Float]] { try model.tensors.map { try $0.tensor.floats() } }

    @Test("Both networks go where PyTorch's loop takes them, step by step", arguments: [1, 2])
    func trajectories(threads: Int) throws {
        let trainer = try trainer(options(threads: threads))
        var judged: [AdversarialValue] = []
        for step in goldens.steps {
            try trainer.advance()
            judged.append(trainer.sums.meanJudgement(learns: true))
            let pairs = [(trainer.trainedModel(), step.generator), (try #require(trainer.discriminator()), step.discriminator)]
            for (model, wanted) in pairs {
                for (name, values) in wanted {
                    let own = try #require(model.tensors.first { $0.name == name }).tensor.floats()
                    let largest = zip(own, values).map { abs($0 - $1) }.max() ?? 1
                    #expect(largest < 2e-4, "\(model.name) \(name): \(largest)")
                }
            }
        }
        let count = Double(goldens.steps.count)
        let last = try #require(judged.last)
        func mean(_ value: (Goldens.Step) -> Double) -> Double { goldens.steps.map(value).reduce(0, +) / count }
        #expect(abs(last.generatorLoss - mean(\.generatorLoss)) < 1e-4)
        #expect(abs((last.discriminatorLoss ?? 0) - mean(\.discriminatorLoss)) < 1e-4)
        #expect(abs((last.realScore ?? 0) - mean(\.realScore)) < 1e-4)
        #expect(abs(last.generatedScore - mean(\.generatedScore)) < 1e-4)
    }

    @Test("A resumed contest gives the bytes of an uninterrupted one, wherever it was interrupted", arguments: [2, 6, 9])
    func resuming(step: Int) throws {
        var options = options(epochs: 3)
        options.averageDecay = 0.9
        let whole = try trainer(options)
        _ = try whole.run()
        let path = NSTemporaryDirectory() + "pare-checkpoint-\(UInt64.random(in: 0 ... .max)).bin"
        defer { unlink(path) }
        options.checkpointPath = path
        let token = CancellationToken()
        let interrupted = try trainer(options)
        _ = try interrupted.run(cancellation: token, progress: { if $0.step == step { token.cancel() } })
        let resumed = try trainer(options)
        try resumed.resume(from: path)
        #expect(resumed.step == step)
        _ = try resumed.run()
        #expect(try weights(resumed.trainedModel()) == weights(whole.trainedModel()))
        #expect(try weights(resumed.bestModel()) == weights(whole.bestModel()))
        #expect(try weights(try #require(resumed.discriminator())) == weights(try #require(whole.discriminator())))
        #expect(resumed.sums.adversarial == whole.sums.adversarial)
    }

    @Test("Pruned weights of a generator stay zero and shared ones stay shared, in its average too")
    func constraints() throws {
        var options = options(epochs: 4)
        let first = goldens.generator["0.weight"]?.enumerated().map { $0.offset % 3 == 0 ? 0 : $0.element } ?? []
        let codes = (goldens.generator["3.weight"] ?? []).map { UInt16($0 < -0.1 ? 1 : $0 > 0.1 ? 2 : 0) }
        options.constraints = ["0.weight": .keepingZeros(of: first), "3.weight": .shared(codes: codes, codebook: [0, -0.2, 0.2])]
        options.averageDecay = 0.8
        let trainer = try trainer(options)
        // The average alone counts.
        var evaluations = 0
        _ = try trainer.run { _ in
            evaluations += 1
            return evaluations % 2 == 0 ? Double(evaluations) : -1
        }
        #expect(evaluations == 8)
        let best = trainer.bestModel()
        #expect(try weights(best) != weights(trainer.trainedModel()))
        let masked = try best.tensors[0].tensor.floats()
        #expect(masked.enumerated().allSatisfy { $0.offset % 3 != 0 || $0.element == 0 })
        #expect(masked.contains { $0 != 0 })
        let shared = try best.tensors[5].tensor.floats()
        for code in UInt16(0)...2 { #expect(Set(zip(codes, shared).filter { $0.0 == code }.map(\.1)).count == 1) }
        #expect(zip(codes, shared).allSatisfy { $0 != 0 || $1 == 0 })
    }

    @Test("The average of the weights is what its definition says, and evaluating it changes nothing")
    func average() throws {
        var options = options()
        options.averageDecay = 0.75
        let trainer = try trainer(options)
        var expected = try #require(goldens.generator["0.weight"])
        for step in 1...goldens.steps.count {
            try trainer.advance()
            let now = try trainer.trainedModel().tensors[0].tensor.floats()
            let decay = min(0.75, Float(1 + step) / Float(10 + step))
            for index in expected.indices { expected[index] = decay * expected[index] + (1 - decay) * now[index] }
        }
        let average = try #require(trainer.average).values[0]
        for (own, wanted) in zip(average, expected) { #expect(abs(own - wanted) < 1e-6) }
        let before = try weights(trainer.trainedModel())
        var seen: [[Float]] = []
        _ = try trainer.evaluateAverage { trainer in
            seen = try weights(trainer.trainedModel())
            return 1
        }
        #expect(seen[0] == average)
        #expect(seen[3] != before[3], "running means are made anew for averaged weights")
        #expect(try weights(trainer.trainedModel()) == before)
    }

    @Test("A discriminator that learns nothing keeps its weights and statistics, and still teaches")
    func frozen() throws {
        var options = options()
        options.adversarial?.learning = .nothing
        let trainer = try trainer(options)
        _ = try trainer.run()
        #expect(try weights(try #require(trainer.discriminator())) == weights(discriminator))
        #expect(try weights(trainer.trainedModel())[0] != weights(generator)[0])
        #expect(trainer.sums.meanJudgement(learns: false).discriminatorLoss == nil)
    }

    @Test("A generator that draws what its teacher draws, beside the discriminator, ends nearer to it")
    func distillation() throws {
        var options = options(epochs: 30)
        options.lossWeight = 1
        options.teacher = generator
        options.adversarial?.learning = .teacher
        options.adversarial?.weight = 0.001
        options.statistics = .frozen
        var start = generator
        start.tensors[0].tensor = TensorSource(Tensor((goldens.generator["0.weight"] ?? []).map { $0 < 0 ? 0 : $0 }, shape: [4, 6, 3, 3]))
        options.constraints = ["0.weight": .keepingZeros(of: try start.tensors[0].tensor.floats())]
        let trainer = try Trainer(
            start, batches: GivenBatches(values: goldens.latents, batchSize: goldens.batch),
            shapes: ["z": [goldens.batch, 4, 1, 1]], options: options)
        var losses: [Double] = []
        _ = try trainer.run(progress: { losses.append($0.loss) })
        #expect((losses.last ?? 1) < (losses.first ?? 0) * 0.7, "\(losses.first ?? 0) \(losses.last ?? 0)")
    }

    @Test("A discriminator that does not fit is refused in words")
    func misfit() throws {
        var options = options()
        options.adversarial?.discriminator = generator
        #expect { try trainer(options) } throws: { "\($0)".contains("generator") }
        options.adversarial?.discriminator = Model(
            name: "weights.pth", format: "test", fileByteCount: 0, structureByteCount: 0, tensors: [], graph: nil, layers: [],
            macs: .unknown(reason: "test"))
        #expect { try trainer(options) } throws: { "\($0)".contains("no graph") }
    }

    @Test("A contest that diverges says so and leaves the discriminator as it was")
    func divergence() throws {
        var options = options(epochs: 2)
        options.rule = .gradientDescent(momentum: 0)
        options.schedule = RateSchedule(1e38)
        let trainer = try trainer(options)
        #expect { try trainer.run() } throws: { error in
            guard case .diverged? = error as? TrainingError else { return false }
            return true
        }
        #expect(try weights(try #require(trainer.discriminator()))[0].allSatisfy(\.isFinite))
    }
}
