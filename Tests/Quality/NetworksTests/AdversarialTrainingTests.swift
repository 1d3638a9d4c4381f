import Basics
import Datasets
import NeuralNetwork
import Testing
import Training

@testable import Networks

@Suite("A generator from scratch")
struct AdversarialTrainingTests {
    private static func settings(epochs: Int) -> TrainingSettings {
        var settings = NetworkDefinition.dcgan.settings
        (settings.epochs, settings.batchSize, settings.threads) = (epochs, 32, 1)
        settings.rate = 0.001
        return settings
    }

    private func train(
        epochs: Int, _ change: (inout TrainingSettings) -> Void = { _ in }, cancellation: CancellationToken = CancellationToken(),
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainedGenerator {
        var settings = Self.settings(epochs: epochs)
        change(&settings)
        let data = Bars(count: 1_300, isLabelled: false, classes: 2).dataSet
        return try AdversarialTraining(data: data, settings: settings).run(cancellation: cancellation, progress: progress)
    }

    @Test("The generator is small enough to be brought along, and its layers have names")
    func definition() throws {
        let model = NetworkDefinition.dcgan.model(seed: 1)
        #expect(model.layers.map(\.name) == ["gen1", "gen2", "gen3"])
        #expect(model.parameterCount == 64 * 128 * 49 + 128 * 64 * 16 + 64 * 16 + 1 + 4 * (128 + 64))
        #expect(model.tensors.reduce(0) { $0 + $1.tensor.byteCount } < 3_000_000)
        #expect(NetworkDefinition.named("dcgan")?.isGenerator == true)
    }

    @Test("Samples come nearer to what is shown, epoch by epoch, and an interruption changes no byte")
    func learning() throws {
        let checkpoint = TemporaryFile("checkpoint")
        let whole = try train(epochs: 3)
        #expect(whole.outcome == .finished)
        #expect(whole.epochs.map(\.number) == [1, 2, 3])
        #expect(whole.distance == whole.epochs.map(\.distance).min())
        let first = CancellationToken()
        let untrained = try train(epochs: 3, cancellation: first) { if $0.step == 1 { first.cancel() } }
        #expect(whole.distance < untrained.distance * 0.8, "\(untrained.distance) \(whole.epochs.map(\.distance))")
        let token = CancellationToken()
        let stopped = try train(
            epochs: 3, { $0.checkpointPath = checkpoint.path }, cancellation: token
        ) { if $0.step == $0.stepCount / 3 + 2 { token.cancel() } }
        #expect(stopped.outcome == .cancelled)
        let continued = try train(
            epochs: 3,
            {
                $0.checkpointPath = checkpoint.path
                $0.resumes = true
            })
        #expect(try continued.generator.bytes == whole.generator.bytes)
        #expect(try continued.discriminator.bytes == whole.discriminator.bytes)
        #expect(continued.epochs == whole.epochs)
    }

    @Test("What is stopped within the first epoch is kept all the same")
    func cancellation() throws {
        let token = CancellationToken()
        let stopped = try train(epochs: 2, cancellation: token) { if $0.step == 3 { token.cancel() } }
        #expect(stopped.outcome == .cancelled && stopped.epochs.isEmpty)
        #expect(stopped.distance.isFinite)
        let none = CancellationToken()
        none.cancel()
        #expect(throws: Cancelled.self) { try train(epochs: 1, cancellation: none) }
    }

    @Test("Data of another shape, or too little of it, is refused in words")
    func refusals() throws {
        func message(_ data: DataSet) -> String {
            do {
                _ = try AdversarialTraining(data: data, settings: Self.settings(epochs: 1))
                return ""
            } catch { return error.description }
        }
        #expect(message(Bars(count: 640).dataSet).contains("640 samples"))
        let wide = ArraySource(values: Array(repeating: 0, count: 12), shape: [3, 2, 2])
        #expect(message(DataSet(name: "wide", content: .samples(wide))).contains("samples of 3·2·2; dcgan draws 1·28·28"))
        let text = DataSet(name: "t", content: .text(TokenText(tokens: [0, 1, 0], vocabularyCount: 2)))
        #expect(message(text).contains("text"))
    }
}
