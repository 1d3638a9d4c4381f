import ArgumentParser
import Finetuning
import Training

/// How `pare finetune` trains.
struct FinetuningArguments: ParsableArguments {
    @Option(help: "Epochs in which the weights that are left move one by one.")
    var epochs = 3

    @Option(help: "Epochs in which shared values move together. Default: half as many.")
    var centroidEpochs: Int?

    @Option(help: "Samples of a batch; streams of a text.")
    var batch = 64

    @Option(help: "Batches of an epoch where inputs are random.")
    var batches = 100

    @Option(help: "Symbols of a text that gradients go back through.")
    var window = 64

    @Option(help: "How gradients become changes: adam or sgd (with momentum 0.9).")
    var optimizer = Rule.adam

    @Option(help: "The learning rate, which falls along half a cosine. Default: 0.001, sgd 0.01.")
    var rate: Double?

    @Option(help: "The learning rate of shared values. Default: a third of the other.")
    var centroidRate: Double?

    @Option(help: "Weight decay.")
    var decay: Float = 0

    @Option(help: "The largest norm of all gradients together.")
    var clip: Float?

    @Option(help: "Rounds of pruning and retraining: each takes an equal part of what is left, and has all --epochs.")
    var rounds = 1

    @Flag(help: "Let sparsities grow to the recipe's over the first half of the training.")
    var gradual = false

    @Flag(help: "Take the original model's outputs as targets, beside labels where there are some.")
    var distill = false

    @Option(help: "How soft a teacher's scores are made.")
    var temperature: Float = 2

    @Flag(help: "Leave the running statistics of normalizations as they are.")
    var keepStatistics = false

    @Option(help: "Pixels an image is moved at most, at random.")
    var shift = 0

    @Flag(help: "Mirror half of the images.")
    var flip = false

    @Option(help: "What is random follows from it.")
    var seed: UInt64 = 0

    @Option(help: "Threads to train on.")
    var threads = 2

    @OptionGroup var kept: CheckpointOptions

    enum Rule: String, ExpressibleByArgument, CaseIterable { case adam, sgd }

    func validate() throws {
        for (name, value) in [("--batch", batch), ("--batches", batches), ("--window", window), ("--threads", threads), ("--rounds", rounds)] where value < 1 {
            throw ValidationError("\(name) is 1 or more, not \(value)")
        }
        for (name, value) in [("--epochs", epochs), ("--centroid-epochs", centroidEpochs ?? 0), ("--shift", shift)] where value < 0 {
            throw ValidationError("\(name) is 0 or more, not \(value)")
        }
        for (name, value) in [("--rate", rate), ("--centroid-rate", centroidRate), ("--clip", clip.map(Double.init))] {
            if let value, !(value > 0 && value.isFinite) { throw ValidationError("\(name) is above 0, not \(value)") }
        }
        if !(temperature > 0) { throw ValidationError("--temperature is above 0, not \(temperature)") }
        if rounds > 1, gradual { throw ValidationError("--rounds and --gradual exclude each other") }
    }

    var cut: FinetuningData.Cut {
        var cut = FinetuningData.Cut()
        cut.batchSize = batch
        cut.window = window
        cut.augmentation = Augmentation(shift: shift, flips: flip)
        cut.seed = seed
        return cut
    }

    var options: FinetuningOptions {
        var options = FinetuningOptions()
        options.rule =
            optimizer == .adam ? .adamW(weightDecay: decay) : .gradientDescent(momentum: 0.9, weightDecay: decay)
        options.rate = rate ?? (optimizer == .adam ? 0.001 : 0.01)
        options.centroidRate = centroidRate ?? options.rate / 3
        options.epochs = epochs
        options.centroidEpochs = centroidEpochs ?? (epochs + 1) / 2
        options.isGradual = gradual
        options.rounds = rounds
        options.distillation = distill ? .init(temperature: temperature) : nil
        options.largestNorm = clip
        options.keepsStatistics = keepStatistics
        options.seed = seed
        options.threads = threads
        options.checkpointPath = kept.checkpoint
        options.resumes = kept.resume
        return options
    }
}
