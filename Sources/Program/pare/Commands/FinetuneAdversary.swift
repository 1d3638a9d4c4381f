import ArgumentParser
import Datasets
import Finetuning
import NeuralNetwork
import TensorCore
import Training

/// How a discriminator takes part when a generator is fine-tuned.
struct AdversaryArguments: ParsableArguments {
    @Option(
        help: "Of a generator: a discriminator with its graph, as pare train dcgan writes one. It learns from --data, or from what the original draws.",
        completion: .file(extensions: ["onnx"]))
    var discriminator: String?

    @Option(help: "The part of its judgement in the generator's loss.")
    var judgement: Float = 0.03

    @Flag(help: "Leave the discriminator as it is.")
    var keepDiscriminator = false

    @Option(help: "The discriminator's learning rate.")
    var discriminatorRate = 0.0002

    func validate() throws {
        guard judgement > 0, judgement.isFinite else { throw ValidationError("--judgement is above 0, not \(judgement)") }
        guard discriminatorRate > 0, discriminatorRate.isFinite else {
            throw ValidationError("--discriminator-rate is above 0, not \(discriminatorRate)")
        }
        if keepDiscriminator, discriminator == nil { throw ValidationError("--keep-discriminator needs --discriminator FILE") }
    }

    /// Nil where none is named; data is brought into the range that the generator draws in.
    func options(for generator: Model, data: String?, _ training: FinetuningArguments) throws(Failure) -> AdversarialOptions? {
        guard let discriminator else { return nil }
        let judge = try Opening.model(discriminator)
        guard judge.graph != nil else {
            throw Failure("\(discriminator) holds weights but no graph; pare train dcgan --discriminator FILE.onnx writes one with its graph")
        }
        var learning = AdversarialOptions.Learning.teacher
        if keepDiscriminator {
            learning = .nothing
        } else if let data = try MeasuringOptions.readable(data) {
            learning = .data(try samples(data, for: generator, training))
        }
        var options = AdversarialOptions(judge, learning: learning)
        options.weight = judgement
        options.schedule = RateSchedule(discriminatorRate)
        options.realTarget = 0.9
        return options
    }

    private func samples(
        _ path: String, for generator: Model, _ training: FinetuningArguments
    ) throws(Failure) -> any Batches {
        let data: DataSet
        do throws(DataSetError) { data = try DataSet.open(path: path) } catch { throw Failure(error.message) }
        guard case .samples(let samples) = data.content else { throw Failure("\(path) is a text, not what \(generator.name) draws") }
        let drawn = generator.graph?.outputs.first?.dimensions?.dropFirst().map { dimension in
            if case .fixed(let extent) = dimension { extent } else { 0 }
        }
        if let drawn, drawn != samples.shape.dimensions, !drawn.contains(0) {
            throw Failure("\(path) holds samples of \(samples.shape); \(generator.name) draws \(Shape(drawn))")
        }
        var source: any SampleSource = samples
        if let range = Self.range(of: generator) { source = RescaledSamples(samples, to: range) }
        do throws(TrainingError) { return try SampleBatches(source, batchSize: training.batch, seed: training.seed) } catch {
            throw Failure("\(path): \(error.description)")
        }
    }

    /// What the last operator of a generator gives; nil where that is not bounded.
    private static func range(of generator: Model) -> ClosedRange<Float>? {
        guard let graph = generator.graph, let output = graph.outputs.first else { return nil }
        switch graph.nodes.first(where: { $0.outputs.contains(output.name) })?.operation {
        case "Tanh": return -1...1
        case "Sigmoid": return 0...1
        default: return nil
        }
    }
}
