import Explorer
import Finetuning
import Glibc
import TensorCore

/// The line that shows how training stands: `centroids  epoch 2/3  loss 0.0412  98.71%  held out 98.64%  5,120/s  0:42 left`.
struct FinetuningLine {
    private var drawn: ContinuousClock.Instant?
    private var heldOut: FinetuningQuality?
    private static let interval = Duration.milliseconds(100)

    /// Draws the line, ten times a second at most.
    mutating func show(_ progress: FinetuningProgress, _ bar: inout ProgressBar) {
        if let quality = progress.heldOut { heldOut = quality }
        let now = ContinuousClock.now
        if let drawn, drawn.duration(to: now) < Self.interval { return }
        drawn = now
        let training = progress.training
        let perEpoch = max(1, training.stepCount)
        var words = [progress.phase.rawValue, "epoch \(training.epoch + 1)", "loss \(NumberText.fixed(training.epochLoss, 4))"]
        if let accuracy = training.epochAccuracy { words.append(NumberText.percent(accuracy)) }
        if let heldOut { words.append("held out \(Self.words(heldOut))") }
        if let speed = training.speed { words.append("\(NumberText.grouped(Int(speed)))/s") }
        if let seconds = training.remainingSeconds { words.append("\(NumberText.clock(seconds)) left") }
        bar.show(Double(training.step) / Double(perEpoch), words.joined(separator: "  "))
    }

    static func words(_ quality: FinetuningQuality) -> String {
        if let accuracy = quality.accuracy { return NumberText.percent(accuracy) }
        return quality.signalToNoise.map { "\(NumberText.fixed($0, 1)) dB" } ?? NumberText.fixed(quality.loss, 4)
    }
}

/// An interruption by the keyboard that asks for an end rather than making one; a second one makes it.
enum Interruption {
    static let token = CancellationToken()

    /// Lets the next SIGINT or SIGTERM cancel the token.
    static func install() {
        // Made before a handler may need it.
        _ = token
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.token.cancel()
                signal(number, SIG_DFL)
            }
        }
    }
}
