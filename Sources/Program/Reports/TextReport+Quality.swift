import Basics
import Evaluation
import Workbench

extension TextReport {
    /// Every measure with its intervals.
    public static func quality(_ measured: MeasuredQuality) -> String {
        let report = measured.report
        var seen = "\(NumberText.grouped(report.samples)) of \(NumberText.grouped(report.total)) samples"
        if report.skipped > 0 { seen += ", \(NumberText.grouped(report.skipped)) could not be read" }
        var lines = ["quality on \(measured.dataName)  \(seen)"]
        if measured.leftOut > 0 {
            lines.append("\(NumberText.grouped(measured.leftOut)) others, which weights learned from, are not measured on")
        }
        if measured.measuresLearned { lines.append("weights learned from these samples: there are no others to measure on") }
        lines.append("")
        var table = TextTable(
            ["measure", "original", "value", "95 % interval", "difference", "95 % interval"], rightAligned: [1, 2, 3, 4, 5])
        for figure in [report.headline] + report.others {
            let metric = figure.metric
            func text(_ value: Double) -> String {
                QualityText.value(value, metric) + (value.isFinite ? QualityText.unit(metric) : "")
            }
            table.add([
                QualityText.name(metric), figure.original.map(text) ?? "-", text(figure.value),
                figure.interval.map { QualityText.interval($0, metric) } ?? "-",
                figure.difference.map { QualityText.difference($0, metric) } ?? "-",
                figure.differenceInterval.map { QualityText.interval($0, metric) } ?? "-",
            ])
        }
        lines += table.lines
        if let note = report.critic { lines += [""] + critic(note) }
        if !report.outputs.isEmpty {
            var outputs = TextTable(["output", "SQNR"], rightAligned: [1])
            for output in report.outputs {
                let value = output.signalToNoise
                outputs.add([output.name, QualityText.value(value, .signalToNoise) + (value.isFinite ? " dB" : "")])
            }
            lines += [""] + outputs.lines
        }
        if let before = measured.macs.original.count, let after = measured.macs.changed.count, after != before {
            let change = NumberText.change(from: before, to: after)
            let left = measured.macsAssumed.filter { !report.assumed.contains($0) }
            let condition = left.isEmpty ? "" : ", assumed: \(left.joined(separator: ", "))"
            lines += ["", "MACs \(NumberText.count(before)) → \(NumberText.count(after)) (\(change))\(condition)"]
        }
        if let seconds = measured.secondsPerSample {
            let (before, after) = (NumberText.milliseconds(seconds.original), NumberText.milliseconds(seconds.changed))
            lines += ["", "time a sample (fastest of 15 turns) \(before) → \(after)"]
        }
        if let line = assumed(report.assumed) { lines += ["", line] }
        if !measured.refusals.isEmpty {
            lines += [""] + measured.refusals.map { "\($0.layer) stays as it is: \($0.reason)" }
        }
        if let made = measured.reconstruction { lines += ["", reconstruction(made)] }
        return lines.joined(separator: "\n")
    }

    /// By what a generator's images were judged.
    private static func critic(_ note: CriticNote) -> [String] {
        var lines = ["judged by \(note.featureCount) features of \(note.classifier) (\(note.features))"]
        if let real = note.real, let count = note.realCount { lines[0] += "; \(NumberText.grouped(count)) images of \(real) are the real ones" }
        if let bias = note.frechetBias {
            lines.append("of the Fréchet distance about \(QualityText.value(bias, .frechetDistance)) is due to the number of samples (jackknife)")
        }
        return lines
    }

    /// The headline in a few words: `top-1 98.9 → 98.6 ±0.3`.
    public static func headline(_ report: QualityReport) -> String {
        let figure = report.headline
        let metric = figure.metric
        let before = figure.original.map { QualityText.value($0, metric) + " → " } ?? ""
        let margin = QualityText.margin(figure).map { " " + $0 } ?? ""
        return "\(QualityText.name(metric)) \(before)\(QualityText.value(figure.value, metric))\(margin)"
    }
}
