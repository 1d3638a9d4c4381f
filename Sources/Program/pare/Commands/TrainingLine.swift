import Basics
import Reports
import Training

/// The line that shows how training stands: `epoch 2/3  loss 0.0412  98.71%  held out 98.64%  5,120/s  0:42 left`.
struct TrainingLine {
    private var drawn: ContinuousClock.Instant?
    private var heldOut: String?
    private static let interval = Duration.milliseconds(100)

    /// Draws the line, ten times a second at most; `heldOut` is what the epoch that just ended came to.
    mutating func show(
        _ training: TrainingProgress, phase: String? = nil, heldOut: String?, epochs: Int? = nil, _ bar: inout ProgressBar
    ) {
        if let heldOut { self.heldOut = heldOut }
        let now = ContinuousClock.now
        if let drawn, drawn.duration(to: now) < Self.interval { return }
        drawn = now
        var words = phase.map { [$0] } ?? []
        words.append("epoch \(training.epoch + 1)\(epochs.map { "/\($0)" } ?? "")")
        words.append("loss \(NumberText.fixed(training.epochLoss, 4))")
        if let accuracy = training.epochAccuracy { words.append(NumberText.percent(accuracy)) }
        if let heldOut = self.heldOut { words.append("held out \(heldOut)") }
        if let speed = training.speed { words.append("\(NumberText.grouped(Int(speed)))/s") }
        if let seconds = training.remainingSeconds { words.append("\(NumberText.clock(seconds)) left") }
        bar.show(Double(training.step) / Double(max(1, training.stepCount)), words.joined(separator: "  "))
    }
}
