import Basics
import Compression
import Datasets
import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@testable import Evaluation

@Suite("Measuring")
struct EvaluatorTests {
    private let model: Model
    private let data: DataSet

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../..").standardized
        model = try ModelFile.open(path: root.appending(path: "Sources/Shims/CAssets/models/digits-cnn.onnx").path)
        // Noise, labelled by chance: what matters is that the same comes out either way.
        var random = SeededRandom(seed: 3)
        let values = (0..<700 * 784).map { _ in Float(random.uniform() * random.uniform()) }
        let labels = (0..<700).map { _ in Int.random(in: 0..<10, using: &random) }
        data = DataSet(name: "noise", content: .samples(ArraySource(values: values, shape: [1, 28, 28], labels: labels)))
    }

    private func pruned(_ layer: Int, below threshold: Float) throws -> ReplacedWeights {
        let tensor = try model.tensors[model.layers[layer].weight].tensor.read()
        let values = tensor.floats().map { abs($0) < threshold ? 0 : $0 }
        return ReplacedWeights(
            tensor: Tensor(values, shape: tensor.shape), plan: LayerPlan(prune: .threshold(Double(threshold))))
    }

    private func reports(
        _ evaluator: Evaluator, _ replaced: [Int: ReplacedWeights], focus: Int? = nil
    ) throws -> [QualityReport] {
        var reports: [QualityReport] = []
        try evaluator.measure(Configuration(replaced: replaced), focus: focus, cancellation: CancellationToken()) { reports.append($0) }
        return reports
    }

    @Test("Activations are kept in memory that suits the model and the machine")
    func customaryBudget() {
        let machine = 32 << 30
        #expect(ActivationCache.customaryBudget(storedByteCount: 1 << 20, memory: machine) == 256 << 20)
        #expect(ActivationCache.customaryBudget(storedByteCount: 28 << 20, memory: machine) == 448 << 20)
        #expect(ActivationCache.customaryBudget(storedByteCount: 4 << 30, memory: machine) == 2 << 30)
        #expect(ActivationCache.customaryBudget(storedByteCount: .max, memory: machine) == 2 << 30)
        #expect(ActivationCache.customaryBudget(storedByteCount: 1 << 20, memory: 1 << 30) == 64 << 20)
    }

    @Test("A network whose weights are no numbers is not measured: what kernels make of them is no answer", arguments: [Float.nan, .infinity])
    func notNumbers(_ value: Float) throws {
        for index in [model.layers[1].weight, model.layers[1].bias ?? 0] {
            var broken = model
            var values = try model.tensors[index].tensor.floats()
            values[3] = value
            broken.tensors[index].tensor = TensorSource(Tensor(values, shape: model.tensors[index].tensor.shape))
            let error = #expect(throws: EvaluationError.self) { try Evaluator(broken, data: data) }
            #expect(error?.message.contains("\(model.tensors[index].name) holds \(value.isNaN ? "NaN" : "infinity") (the first at 3)") == true)
        }
    }

    @Test("Cached activations change nothing that is measured", arguments: [0, 200_000, 1 << 30])
    func caching(_ byteCount: Int) throws {
        var options = Evaluator.Options()
        options.cacheByteCount = byteCount
        let kept = try Evaluator(model, data: data, options: options)
        for (layer, threshold) in [(2, 0.1), (2, 0.2), (0, 0.05), (1, 0.08), (2, 0.1), (0, 0.02)] as [(Int, Float)] {
            var replaced = try [1: pruned(1, below: 0.03)]
            replaced[layer] = try pruned(layer, below: threshold)
            options.cacheByteCount = 0
            let fresh = try Evaluator(model, data: data, options: options)
            #expect(try reports(kept, replaced, focus: layer).last == reports(fresh, replaced).last)
        }
        #expect(kept.cache.byteCount <= byteCount)
        if byteCount > 1 << 20 { #expect(kept.cache.byteCount > 0) }
    }

    @Test("What lies before a layer is kept beforehand, and changes nothing that is measured")
    func preparing() throws {
        let replaced = try [1: pruned(1, below: 0.05), 2: pruned(2, below: 0.1)]
        let evaluator = try Evaluator(model, data: data)
        try evaluator.prepare(Configuration(replaced: [1: pruned(1, below: 0.05)]), focus: 2, cancellation: CancellationToken()) { true }
        let bytes = evaluator.cache.byteCount
        #expect(bytes > 0)
        #expect(try reports(evaluator, replaced, focus: 2).last == reports(try Evaluator(model, data: data), replaced).last)
        try evaluator.prepare(Configuration(replaced: [1: pruned(1, below: 0.02)]), focus: 2, cancellation: CancellationToken()) { false }
        let token = CancellationToken()
        token.cancel()
        #expect(throws: Cancelled.self) {
            try evaluator.prepare(Configuration(replaced: [1: pruned(1, below: 0.01)]), focus: 2, cancellation: token) { true }
        }
    }

    @Test("Samples grow round by round to all of them, and the intervals shrink")
    func rounds() throws {
        let found = try reports(try Evaluator(model, data: data), [0: pruned(0, below: 0.04)])
        #expect(found.map(\.samples).first == 64)
        #expect(found.map(\.samples) == found.map(\.samples).sorted())
        #expect(found.last?.samples == 700 && found.last?.isComplete == true)
        let widths = found.compactMap { $0.headline.interval.map { $0.upperBound - $0.lowerBound } }
        #expect(widths.count == found.count && widths.first! > widths.last!)
    }

    @Test("The original compared with itself agrees everywhere")
    func identity() throws {
        let report = try #require(try reports(try Evaluator(model, data: data), [:]).last)
        #expect(report.headline.difference == 0)
        #expect(report.others.first { $0.metric == .agreement }?.value == 1)
        #expect(report.others.first { $0.metric == .signalToNoise }?.value == .infinity)
    }

    @Test("Without data, agreement is measured on random inputs that a seed fixes")
    func random() throws {
        let replaced = try [0: pruned(0, below: 0.06)]
        let first = try #require(try reports(try Evaluator(model, data: nil), replaced).last)
        let second = try #require(try reports(try Evaluator(model, data: nil), replaced).last)
        #expect(first.headline.metric == .agreement && first == second)
        #expect(first.headline.value < 1 && first.outputs.first.map { $0.signalToNoise.isFinite } == true)
    }

    @Test("A cancelled measurement ends without a report")
    func cancelling() throws {
        let evaluator = try Evaluator(model, data: data)
        let token = CancellationToken()
        var count = 0
        #expect(throws: Cancelled.self) {
            try evaluator.measure(Configuration(replaced: [0: pruned(0, below: 0.1)]), cancellation: token) { _ in
                count += 1
                token.cancel()
            }
        }
        #expect(count == 1)
        #expect(try reports(evaluator, [:]).last?.samples == 700)
    }

    @Test("Data that does not fit is refused with both shapes")
    func misfit() {
        let source = ArraySource(values: [Float](repeating: 0, count: 3 * 1024), shape: [3, 32, 32], labels: [1])
        let error = #expect(throws: EvaluationError.self) {
            try Evaluator(model, data: DataSet(name: "cifar", content: .samples(source)))
        }
        #expect(error?.message.contains("3·32·32") == true && error?.message.contains("28×28") == true)
    }

    @Test("A label beyond the network's classes is refused, naming the sample")
    func labels() {
        let source = ArraySource(values: [Float](repeating: 0, count: 2 * 784), shape: [1, 28, 28], labels: [1, 12])
        let error = #expect(throws: EvaluationError.self) {
            try Evaluator(model, data: DataSet(name: "digits", content: .samples(source)))
        }
        #expect(error?.message.contains("sample 1") == true && error?.message.contains("12") == true)
    }

    @Test("Symbols of a text are not taken for samples, nor samples for symbols")
    func kinds() {
        let text = TokenText(tokens: [1, 2, 3, 4, 5], vocabularyCount: 6)
        let error = #expect(throws: EvaluationError.self) {
            try Evaluator(model, data: DataSet(name: "text", content: .text(text)))
        }
        #expect(error?.message.contains("text") == true)
    }

    @Test("An operator that cannot be run is named with its node")
    func unsupported() {
        var broken = model
        broken.graph?.nodes[0].operation = "DecodeImage"
        broken.graph?.nodes[0].name = "pre_0"
        let error = #expect(throws: EvaluationError.self) { try Evaluator(broken, data: nil) }
        #expect(error?.message.contains("DecodeImage") == true && error?.message.contains("pre_0") == true)
    }
}
