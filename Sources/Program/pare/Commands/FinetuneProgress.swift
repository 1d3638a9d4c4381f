import Basics
import Finetuning
import Glibc
import Reports

/// The line that shows how fine-tuning stands, its phase first.
struct FinetuningLine {
    private var line = TrainingLine()

    mutating func show(_ progress: FinetuningProgress, _ bar: inout ProgressBar) {
        line.show(
            progress.training, phase: progress.phase.rawValue + (progress.round > 1 ? " \(progress.round)" : ""), heldOut: progress.heldOut.map(Self.words),
            &bar)
    }

    private static func words(_ quality: FinetuningQuality) -> String {
        if let accuracy = quality.accuracy { return NumberText.percent(accuracy) }
        if let distance = quality.distance { return "distance \(NumberText.fixed(distance, 4))" }
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
