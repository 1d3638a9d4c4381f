import Basics
import Datasets
import Finetuning
import Glibc
import NeuralNetwork
import Testing
import Training

@testable import Networks

@Suite("Training from scratch")
struct TrainingTests {
    @Test("A network learns what it is shown, and the report holds every epoch")
    func learning() throws {
        let trained = try Bars.train(epochs: 3)
        #expect(trained.outcome == .finished)
        #expect(trained.epochs.map(\.number) == [1, 2, 3])
        #expect(trained.heldOut.accuracy ?? 0 > 0.95)
        #expect(trained.heldOut.accuracy == trained.epochs.compactMap(\.heldOut.accuracy).max())
        #expect(trained.test == nil)
        #expect((trained.epochs.last?.loss ?? 9) < (trained.epochs.first?.loss ?? 0) / 2)
    }

    @Test("The same seed gives the same bytes, another seed others")
    func seeds() throws {
        let first = try Bars.train(epochs: 1).model.bytes
        #expect(try Bars.train(epochs: 1).model.bytes == first)
        #expect(try Bars.train(epochs: 1) { $0.seed = 9 }.model.bytes != first)
    }

    @Test("Training that is interrupted and continued gives the bytes of training that was not")
    func resuming() throws {
        let checkpoint = TemporaryFile("checkpoint")
        let whole = try Bars.train(epochs: 3)
        let token = CancellationToken()
        let stopped = try Bars.train(epochs: 3, cancellation: token) {
            $0.checkpointPath = checkpoint.path
        } progress: {
            if $0.step == $0.stepCount / 3 + 2 { token.cancel() }
        }
        #expect(stopped.outcome == .cancelled)
        #expect(stopped.epochs.count == 1)
        // What the unfinished epoch came to counts where it is better.
        #expect(stopped.heldOut.accuracy ?? 0 >= stopped.epochs[0].heldOut.accuracy ?? 1)
        let continued = try Bars.train(epochs: 3) {
            $0.checkpointPath = checkpoint.path
            $0.resumes = true
        }
        #expect(try continued.model.bytes == whole.model.bytes)
        #expect(continued.epochs == whole.epochs)
    }

    @Test("What is stopped before there is anything to keep says so")
    func cancellation() {
        let token = CancellationToken()
        token.cancel()
        #expect(throws: Cancelled.self) { try Bars.train(epochs: 1, cancellation: token) }
    }

    @Test("A loss that stops being a number ends training with the best weights until then")
    func divergence() throws {
        #expect(throws: NetworkTrainingError.self) { try Bars.train(epochs: 2, bars: Bars(poisoned: 40)) }
        let trained = try Bars.train(epochs: 3) { _ in
        } spoiling: {
            PoisonedBatches(batches: $0, firstEpoch: 1)
        }
        #expect(trained.epochs.count == 1 && trained.heldOut == trained.epochs[0].heldOut)
        #expect(try trained.model.bytes.allSatisfy { !$0.isEmpty })
        guard case .diverged(let reason) = trained.outcome else { Issue.record("\(trained.outcome)"); return }
        #expect(reason.contains("stopped being a number"))
    }

    @Test("Data that is missing, unlabelled or of another shape is refused in words")
    func refusals() throws {
        func message(_ name: String, _ data: DataSet?) throws -> String {
            let definition = try #require(NetworkDefinition.named(name))
            do {
                let (model, data) = try NetworkData.prepare(definition, data: data, test: nil, settings: definition.settings)
                _ = try NetworkTraining(model, data: data, settings: definition.settings)
                return ""
            } catch { return error.description }
        }
        #expect(try message("inception-small", nil).contains("labelled images of 3·32·32: name the data with --data"))
        #expect(try message("char-lstm", nil).contains("learns from a text: name the data with --data"))
        #expect(try message("lenet-5", Bars(isLabelled: false).dataSet).contains("bars has no labels"))
        #expect(try message("inception-small", Bars().dataSet).contains("but the network takes image ("))
        #expect(try message("char-lstm", Bars().dataSet).contains("takes whole numbers"))
        let text = DataSet(name: "t", content: .text(TokenText(tokens: Array(repeating: 1, count: 9000), vocabularyCount: 4)))
        #expect(try message("lenet-5", text).contains("takes numbers"))
        #expect(try message("lenet-5", Bars(classes: 11).dataSet).isEmpty)
        #expect(throws: NetworkTrainingError.self) { try Bars.train(epochs: 1, bars: Bars(classes: 11)) }
    }

    @Test("A character network learns a text that repeats itself")
    func text() throws {
        let definition = try #require(NetworkDefinition.named("char-lstm"))
        let tokens = (0..<6000).map { Int32([0, 1, 2, 1, 3, 4, 2][$0 % 7]) }
        var settings = definition.settings
        (settings.epochs, settings.batchSize, settings.window, settings.threads) = (4, 8, 16, 1)
        let (model, data) = try NetworkData.prepare(
            definition, data: DataSet(name: "t", content: .text(TokenText(tokens: tokens, vocabularyCount: 5))), test: nil,
            settings: settings)
        let trained = try NetworkTraining(model, data: data, settings: settings).run()
        #expect(data.isText && data.symbolCount == 5)
        #expect(trained.heldOut.accuracy ?? 0 > 0.9)
    }

    @Test("Drawn digits are trained on where no data is named, and others are measured at the end")
    func digits() throws {
        let definition = try #require(NetworkDefinition.named("lenet-300-100"))
        var settings = definition.settings
        (settings.epochs, settings.drawnCount, settings.threads) = (1, 1_000, 1)
        let (model, data) = try NetworkData.prepare(definition, data: nil, test: nil, settings: settings)
        let trained = try NetworkTraining(model, data: data, settings: settings).run()
        #expect(trained.heldOut.labelled == 2_500 && trained.test?.labelled == 2_000)
        #expect(trained.test?.accuracy ?? 0 > 0.3)
    }
}
