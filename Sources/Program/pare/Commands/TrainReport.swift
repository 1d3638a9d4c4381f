import Basics
import Glibc
import Networks
import NeuralNetwork
import Reports
import Training

/// What `pare train --json` prints; the keys are part of Pare's interface.
struct TrainReport: Encodable {
    struct Quality: Encodable {
        @Nullable var accuracy: Double?
        var loss: Double
        @Nullable var bits_per_character: Double?
        /// Labels that were looked at.
        var count: Int

        init(_ value: LossValue, isText: Bool) {
            accuracy = value.accuracy
            loss = value.loss
            bits_per_character = isText ? value.loss * M_LOG2E : nil
            count = value.labelled
        }

        /// The number that tells most.
        var headline: String {
            if let bits_per_character { return "\(NumberText.fixed(bits_per_character, 4)) bits/character" }
            return accuracy.map { NumberText.percent($0) } ?? NumberText.fixed(loss, 4)
        }
    }

    struct Epoch: Encodable {
        var epoch: Int
        var loss: Double
        @Nullable var accuracy: Double?
        var held_out: Quality
    }

    var network: String
    var outcome: String
    var seed: UInt64
    var threads: Int
    var seconds: Double
    var parameters: Int
    /// On the data by which the best epoch was chosen.
    var held_out: Quality
    /// On drawn digits that had no part in the training; null where data was named.
    @Nullable var test: Quality?
    var epochs: [Epoch]
    var output: String
    @Nullable var output_bytes: Int?

    init(
        _ trained: TrainedNetwork, name: String, settings: TrainingSettings, output: String, seconds: Double, isText: Bool
    ) {
        network = name
        outcome = trained.outcome.word
        seed = settings.seed
        threads = settings.threads
        self.seconds = seconds
        parameters = trained.model.parameterCount
        held_out = Quality(trained.heldOut, isText: isText)
        test = trained.test.map { Quality($0, isText: isText) }
        epochs = trained.epochs.map {
            Epoch(epoch: $0.number, loss: $0.loss, accuracy: $0.accuracy, held_out: Quality($0.heldOut, isText: isText))
        }
        self.output = output
        var status = stat()
        output_bytes = stat(output, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Size and quality of what was written.
    var text: String {
        let size = output_bytes.map { ", \(NumberText.bytes($0))" } ?? ""
        var lines = ["\(output): \(network), \(NumberText.grouped(parameters)) parameters\(size)", ""]
        lines.append("held out \(held_out.headline)  (\(NumberText.grouped(held_out.count)), by which the best epoch was chosen)")
        if let test { lines.append("test     \(test.headline)  (\(NumberText.grouped(test.count)) digits that had no part in it)") }
        if outcome == "cancelled" { lines.append("stopped early: the best weights until then") }
        return lines.joined(separator: "\n")
    }
}

extension TrainedNetwork.Outcome {
    /// As reports have it.
    var word: String {
        switch self {
        case .finished: "finished"
        case .cancelled: "cancelled"
        case .diverged: "diverged"
        }
    }
}

/// The networks that can be trained, as `pare train` lists them.
struct NetworkList: Encodable {
    struct Entry: Encodable {
        var name: String
        var detail: String
        var data: String
        var parameters: Int
        var epochs: Int
        var batch: Int
        var rate: Double
    }

    let networks = NetworkDefinition.all.map { definition in
        let kind =
            switch definition.dataKind {
            case .digits: "digits"
            case .images: "images"
            case .text: "text"
            }
        return Entry(
            name: definition.name, detail: definition.detail, data: kind,
            parameters: definition.model(seed: 0).parameterCount, epochs: definition.settings.epochs,
            batch: definition.settings.batchSize, rate: definition.settings.rate)
    }

    var text: String {
        let name = networks.reduce(0) { max($0, $1.name.count) }
        let count = networks.reduce(0) { max($0, NumberText.grouped($1.parameters).count) }
        let lines = networks.map { network in
            let parameters = NumberText.grouped(network.parameters)
            let spaces = String(repeating: " ", count: name - network.name.count + 2 + count - parameters.count)
            return "\(network.name)\(spaces)\(parameters)  \(network.detail)"
        }
        return (lines + ["", "pare train NAME -o FILE.onnx; all but those for digits need --data"]).joined(separator: "\n")
    }
}
