import Basics
import Finetuning
import Glibc
import Reports
import Workbench

/// What `pare finetune --json` prints; the keys are part of Pare's interface.
struct FinetuneReport: Encodable {
    struct Quality: Encodable {
        @Nullable var accuracy: Double?
        var loss: Double
        @Nullable var bits_per_character: Double?
        @Nullable var sqnr_db: Double?
        /// Sliced Wasserstein distance of a generator's samples from the original's.
        @Nullable var distance: Double?

        init(_ quality: FinetuningQuality, isText: Bool) {
            accuracy = quality.accuracy
            loss = quality.loss
            bits_per_character = isText ? quality.loss * M_LOG2E : nil
            sqnr_db = quality.signalToNoise.flatMap { $0.isFinite ? $0 : nil }
            distance = quality.distance
        }

        /// The number that tells most.
        var headline: String {
            if let bits_per_character { return "\(NumberText.fixed(bits_per_character, 4)) bits/character" }
            if let accuracy { return NumberText.percent(accuracy) }
            if let distance {
                return "distance \(NumberText.fixed(distance, 4))" + (sqnr_db.map { "  \(NumberText.fixed($0, 2)) dB" } ?? "")
            }
            return sqnr_db.map { "\(NumberText.fixed($0, 2)) dB" } ?? "equal"
        }
    }

    struct Epoch: Encodable {
        var phase: String
        var round: Int
        var epoch: Int
        var loss: Double
        var accuracy: Double?
        var held_out: Quality
    }

    var outcome: String
    var seconds: Double
    var original: Quality
    var one_shot: Quality
    var finetuned: Quality
    var epochs: [Epoch]
    var output: String
    /// Of the file that was written.
    var output_bytes: Int?
    var original_bytes: Int
    /// Of the `.pare` file, whatever was written.
    var compressed_bytes: Int
    var ratio: Double
    /// The same as `pare estimate` gives, layer by layer, of the fine-tuned network.
    var account: EstimateReport

    init(_ result: FinetuningResult, _ estimate: Estimate, of network: RecipeNetwork, output: String, seconds: Double, isText: Bool) {
        outcome =
            switch result.outcome {
            case .finished: "finished"
            case .cancelled: "cancelled"
            case .diverged: "diverged"
            }
        self.seconds = seconds
        original = Quality(result.original, isText: isText)
        one_shot = Quality(result.oneShot, isText: isText)
        finetuned = Quality(result.final, isText: isText)
        epochs = result.epochs.map {
            Epoch(
                phase: $0.phase.rawValue, round: $0.round, epoch: $0.epoch, loss: $0.loss, accuracy: $0.accuracy,
                held_out: Quality($0.heldOut, isText: isText))
        }
        self.output = output
        var status = stat()
        output_bytes = stat(output, &status) == 0 ? Int(status.st_size) : nil
        original_bytes = estimate.account.originalByteCount
        compressed_bytes = estimate.account.compressedByteCount
        ratio = estimate.account.ratio
        account = EstimateReport(estimate, of: network)
    }

    /// Quality before, without and with training, and the size.
    var text: String {
        let sizes = "\(NumberText.bytes(original_bytes)) → \(NumberText.bytes(compressed_bytes)) (\(NumberText.ratio(ratio)))"
        var lines = ["\(output): \(sizes)", "", "original   \(original.headline)", "one shot   \(one_shot.headline)"]
        lines.append("fine-tuned \(finetuned.headline)")
        if outcome == "cancelled" { lines.append("stopped early: the best weights until then") }
        return lines.joined(separator: "\n")
    }
}
