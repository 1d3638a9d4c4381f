import Datasets
import NeuralNetwork
import TestNetworks

@testable import Training

/// Networks and data that train within a moment.
enum SmallNetworks {
    static func classifier(seed: UInt64 = 7) -> Model { Bars.classifier(drops: true, seed: seed) }

    static func options(epochs: Int = 3) -> TrainerOptions {
        var options = TrainerOptions()
        options.rule = .adam()
        options.schedule = RateSchedule(0.01, .cosine(length: 24, floor: 0.001), warmUp: 3)
        options.epochs = epochs
        options.threads = 1
        options.seed = 3
        return options
    }

    static func trainer(
        _ options: TrainerOptions = options(), model: Model = classifier(), augmentation: Augmentation = Augmentation()
    ) throws -> Trainer {
        let batches = try SampleBatches(Bars(count: 256), batchSize: 32, augmentation: augmentation, seed: 5)
        return try Trainer(model, batches: batches, shapes: ["x": [32, 1, 8, 8]], options: options)
    }
}
