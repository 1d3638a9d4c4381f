import Basics
import Compression
import Datasets
import ImageMetrics
import NeuralNetwork
import TensorCore
import Testing

@testable import Evaluation

@Suite("Measuring generators")
struct GeneratorTests {
    private let generator = Tiny.generator()

    private func reports(
        _ model: Model, _ replaced: [Int: ReplacedWeights], samples: Int? = 120, critic: ImageCritic? = ImageCritic(classifier: Tiny.classifier())
    ) throws -> [QualityReport] {
        var options = Evaluator.Options()
        options.sampleLimit = samples
        options.critic = critic
        var reports: [QualityReport] = []
        try Evaluator(model, data: nil, options: options)
            .measure(Configuration(replaced: replaced), cancellation: CancellationToken()) { reports.append($0) }
        return reports
    }

    private func scaled(by factor: Float) throws -> [Int: ReplacedWeights] {
        let tensor = try generator.tensors[generator.layers[0].weight].tensor.read()
        return [
            0: ReplacedWeights(
                tensor: Tensor(tensor.floats().map { $0 * factor }, shape: tensor.shape), plan: LayerPlan(prune: .threshold(Double(factor))))
        ]
    }

    private func value(_ metric: Metric, _ report: QualityReport?) -> Double? {
        guard let report else { return nil }
        return ([report.headline] + report.others).first { $0.metric == metric }?.value
    }

    @Test("A generator is told by latents without places that become an image")
    func forms() {
        let form = GeneratorForm(generator)
        #expect(form?.latentCount == 8)
        #expect(form?.image == ImageShape(channels: 1, height: 12, width: 12))
        #expect(form?.values == -1...1)
        #expect(GeneratorForm(Tiny.generator(operation: "Sigmoid"))?.values == 0...1)
        let spatial = Tiny.generator(latent: [.symbol("N"), .fixed(8), .fixed(1), .fixed(1)])
        #expect(GeneratorForm(spatial)?.latentCount == 8)
        #expect(GeneratorForm(Tiny.generator(latent: [.symbol("N"), .fixed(2), .fixed(2), .fixed(2)])) == nil)
        #expect(GeneratorForm(Tiny.classifier()) == nil)
    }

    @Test("The original's images are at no distance from themselves")
    func original() throws {
        let report = try #require(try reports(generator, [:]).last)
        #expect(report.headline.metric == .frechetDistance && report.headline.value < 1e-6)
        #expect(value(.structuralSimilarity, report) == 1)
        #expect(value(.peakSignal, report) == .infinity)
        #expect(value(.precision, report) == 1 && value(.recall, report) == 1)
        #expect(value(.classifierAgreement, report) == 1)
        #expect(value(.signalToNoise, report) == .infinity)
        #expect(report.critic?.features == "features" && report.critic?.featureCount == 6)
    }

    @Test("The further the weights are changed, the worse every figure; intervals come with enough samples")
    func changes() throws {
        let found = [0.97, 0.9, 0.6].compactMap { factor in try? reports(generator, scaled(by: Float(factor))).last }
        #expect(found.count == 3)
        let frechet = found.map(\.headline.value)
        #expect(frechet == frechet.sorted() && (frechet.first ?? 0) > 1e-5)
        for metric in [Metric.structuralSimilarity, .peakSignal, .classifierAgreement, .signalToNoise] {
            let values = found.compactMap { value(metric, $0) }
            #expect(values == values.sorted(by: >) && values.count == 3, "\(metric)")
        }
        #expect(found.allSatisfy { $0.headline.interval?.contains($0.headline.value) == true && $0.samples == 120 })
        #expect(found.allSatisfy { ($0.critic?.frechetBias ?? .nan).isFinite })
    }

    @Test("Figures come round by round at the same latents, however they are divided")
    func rounds() throws {
        let found = try reports(generator, scaled(by: 0.9))
        #expect(found.map(\.samples) == [64, 120])
        let again = try reports(generator, scaled(by: 0.9)).last
        #expect(found.last == again)
    }

    @Test("Images of a network that fails are infinitely far, and nothing crashes")
    func broken() throws {
        let report = try #require(try reports(generator, scaled(by: .nan)).last)
        #expect(report.headline.value == .infinity && report.headline.interval == nil)
        #expect(value(.peakSignal, report) == -.infinity && value(.structuralSimilarity, report) == 0)
        #expect(value(.precision, report) == 0 && value(.recall, report) == 0)
    }

    @Test("Without a critic a generator is measured by its output alone")
    func uncritical() throws {
        let report = try #require(try reports(generator, scaled(by: 0.9), critic: nil).last)
        #expect(report.headline.metric == .signalToNoise && report.critic == nil)
    }

    @Test("Real images give the distance from them, of both networks")
    func real() throws {
        var random = SeededRandom(seed: 4)
        let values = (0..<400 * 144).map { _ in Float(random.uniform()) }
        let real = DataSet(name: "noise", content: .samples(ArraySource(values: values, shape: [1, 12, 12], labels: nil)))
        let critic = ImageCritic(classifier: Tiny.classifier(), real: real)
        let report = try #require(try reports(generator, scaled(by: 0.6), critic: critic).last)
        #expect(report.headline.metric == .frechetDistanceToReal)
        let figure = report.headline
        #expect((figure.original ?? 0) > 0 && figure.value != figure.original)
        #expect(figure.differenceInterval?.contains(figure.difference ?? .nan) == true)
        #expect(report.critic?.real == "noise" && report.critic?.realCount == 400)
        #expect(value(.precisionToReal, report) != nil && value(.recallToReal, report) != nil)
        let few = DataSet(name: "few", content: .samples(ArraySource(values: Array(values.prefix(5 * 144)), shape: [1, 12, 12], labels: nil)))
        #expect(throws: EvaluationError("few holds 5 images: more than 6 are needed")) {
            try reports(generator, [:], critic: ImageCritic(classifier: Tiny.classifier(), real: few))
        }
    }

    @Test("Any value of the classifier's graph can be the features; one that takes colours sees grey")
    func classifiers() throws {
        let scores = try #require(
            try reports(generator, scaled(by: 0.9), critic: ImageCritic(classifier: Tiny.classifier(channels: 3), features: "h")).last)
        #expect(scores.critic?.features == "h" && scores.headline.value > 0)
        #expect(throws: EvaluationError.self) {
            try reports(generator, [:], critic: ImageCritic(classifier: Tiny.classifier(), features: "nothing"))
        }
        #expect(throws: EvaluationError("generator.onnx does not take images")) {
            try reports(generator, [:], critic: ImageCritic(classifier: generator))
        }
    }
}
