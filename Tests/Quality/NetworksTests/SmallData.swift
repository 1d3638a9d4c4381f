import Basics
import Datasets
import Glibc
import NeuralNetwork
import TensorCore
import Testing
import Training

@testable import Networks

/// Noise of a digit's size with a bright row that says the class.
struct Bars: SampleSource {
    var count = 640
    var isLabelled = true
    var classes = 4
    /// From this sample on, pixels are not numbers.
    var poisoned = Int.max
    var shape: Shape { [1, 28, 28] }
    var labels: [Int]? { isLabelled ? (0..<count).map { $0 % classes } : nil }
    var dataSet: DataSet { DataSet(name: "bars", content: .samples(self)) }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        for (position, sample) in samples.enumerated() {
            var random = SeededRandom(seed: UInt64(sample) &* 77)
            for pixel in 0..<784 {
                let isBar = pixel / 28 == 2 + 2 * (sample % classes)
                buffer[position * 784 + pixel] =
                    sample < poisoned ? Float(random.uniform()) * 0.6 + (isBar ? 0.4 : 0) : .nan
            }
        }
        return []
    }

    /// LeNet-300-100, which is the quickest, after some epochs of these.
    static func train(
        epochs: Int, bars: Bars = Bars(), cancellation: CancellationToken = CancellationToken(),
        _ change: (inout TrainingSettings) -> Void = { _ in }, spoiling: (any Batches) -> any Batches = { $0 },
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainedNetwork {
        let definition = NetworkDefinition.lenet300100
        var settings = definition.settings
        (settings.epochs, settings.batchSize, settings.threads) = (epochs, 32, 1)
        change(&settings)
        let (model, prepared) = try NetworkData.prepare(definition, data: bars.dataSet, test: nil, settings: settings)
        var data = prepared
        data.batches.training = spoiling(data.batches.training)
        return try NetworkTraining(model, data: data, settings: settings)
            .run(cancellation: cancellation) { training, _ in progress(training) }
    }
}

/// Batches that stop being numbers with an epoch.
struct PoisonedBatches: Batches {
    let batches: any Batches
    let firstEpoch: Int

    var batchCount: Int { batches.batchCount }
    var batchSize: Int { batches.batchSize }
    var isLabelled: Bool { batches.isLabelled }

    func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        let targets = try batches.read(batch: batch, epoch: epoch, into: inputs)
        guard epoch >= firstEpoch else { return targets }
        for input in inputs.values { input.bindMemory(to: Float.self).update(repeating: .nan) }
        return targets
    }
}

extension Model {
    /// The tensors' bytes, one after the other.
    var bytes: [[UInt8]] { get throws { try tensors.map { try $0.tensor.read().storage.withUnsafeBytes { Array($0) } } } }
}

/// A path that nothing lies at, removed with the value.
final class TemporaryFile {
    let path: String

    init(_ ending: String) { path = "/tmp/pare-tests-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).\(ending)" }

    deinit { unlink(path) }
}
