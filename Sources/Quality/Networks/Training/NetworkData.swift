import Datasets
import Digits
import Finetuning
import NeuralNetwork
import TensorCore
import Training

/// What a network is trained on, what its best epoch is chosen by, and what it is measured on in the end.
public struct NetworkData: Sendable {
    var batches: FinetuningData
    /// Never looked at before the end; nil where data is one's own.
    var test: (batches: SampleBatches, shapes: [String: Shape])?
    /// Symbols of a text; nil of samples.
    var symbolCount: Int?

    private static let heldOutCount = 2_500

    /// The network before training, and the data cut up for it. `data` nil has digits drawn.
    ///
    /// - Throws: where the data is missing, has no labels, or does not fit the network.
    public static func prepare(
        _ definition: NetworkDefinition, data: DataSet?, test: DataSet?, settings: TrainingSettings
    ) throws(NetworkTrainingError) -> (model: Model, data: NetworkData) {
        var data = data
        var heldOut = test
        var drawn: SampleBatches?
        let testBatch = 250
        if data == nil {
            guard definition.dataKind == .digits else {
                let kind = definition.dataKind == .text ? "a text" : "labelled images of \(definition.sampleShape?.description ?? "")"
                throw .data("\(definition.name) learns from \(kind): name the data with --data")
            }
            data = .drawnDigits(settings.drawnCount, seed: DigitSet.trainingSeed)
            if heldOut == nil {
                heldOut = .drawnDigits(heldOutCount, seed: DigitSet.heldOutSeed)
                drawn = try testDigits(batch: testBatch)
            }
        }
        guard let data else { preconditionFailure("digits were drawn above") }
        for part in [data, heldOut].compactMap({ $0 }) {
            if case .samples(let samples) = part.content, samples.labels == nil {
                throw .data("\(part.name) has no labels, without which nothing can be learned from it")
            }
        }
        var symbols: Int?
        if case .text(let text) = data.content { symbols = text.vocabularyCount }
        let model = definition.model(seed: settings.seed, outputs: definition.dataKind == .text ? symbols : nil)
        var cut = FinetuningData.Cut()
        cut.batchSize = settings.batchSize
        cut.window = settings.window
        cut.augmentation = settings.augmentation
        cut.seed = settings.seed
        do throws(FinetuningError) {
            let batches = try FinetuningData(data, test: heldOut, for: model, cut: cut)
            let shapes = drawn.map { _ in ["image": Shape([testBatch, 1, DigitSet.side, DigitSet.side])] }
            return (
                model,
                NetworkData(batches: batches, test: drawn.flatMap { drawn in shapes.map { (drawn, $0) } }, symbolCount: symbols)
            )
        } catch { throw .data(error.description) }
    }

    private static func testDigits(batch: Int) throws(NetworkTrainingError) -> SampleBatches? {
        let digits = DataSet.drawnDigits(DigitSet.testCount, seed: DigitSet.testSeed)
        guard case .samples(let samples) = digits.content else { return nil }
        do throws(TrainingError) {
            return try SampleBatches(samples, batchSize: batch, input: "image", isShuffled: false)
        } catch { throw .training(error) }
    }

    /// Whether batches are stretches of a text.
    public var isText: Bool { batches.isText }
}
