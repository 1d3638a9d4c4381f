import Basics
import Evaluation
import Reports
import TerminalUI
import Workbench

/// All figures of quality with their intervals, or why there are none: the lines of a window.
struct MeasuresView {
    /// A line as pieces of text, each with what it is for.
    typealias Words = [(text: String, role: Role)]

    private let workspace: Workspace?
    private let isAtStart: Bool
    private let startData: String?
    private let width: Int
    private let widths: [Int]
    /// Whether there is room for the original's figures, which follow from the others.
    private let showsOriginal: Bool

    init(_ state: ExplorerState, width: Int) {
        workspace = state.workspace
        isAtStart = state.isAtStart
        startData = state.start.data
        self.width = width
        showsOriginal = width >= 68
        widths = showsOriginal ? [17, 10, 10, 12, 19] : [15, 0, 8, 9, 16]
    }

    var lines: [Words] {
        guard let workspace, !isAtStart else {
            return [[("data  ", .dim), (startData.map(fileName(of:)) ?? "none chosen", .text)]] + hint
        }
        guard let (measured, isStale) = workspace.shownQuality else { return missing(workspace) + hint }
        // Of what would be written now, once that was measured.
        let recovered = workspace.recovered.flatMap { network in network.report.map { (network: network, report: $0) } }
        let report = recovered?.report ?? measured.report
        var lines: [Words] = [source(workspace, recovered?.network, report)]
        if isStale { lines.append([("figures of an earlier configuration, until the new ones are there", .stale)]) }
        if !report.assumed.isEmpty {
            lines += TextWidth.wrap("assumed: \(report.assumed.joined(separator: ", "))", columns: width).map { [($0, .warning)] }
        }
        lines += [[], row(["measure", "original", "now", "difference", "95 % interval"], .heading)]
        lines += ([report.headline] + report.others).map { figure($0, isStale: isStale) }
        if let note = report.critic { lines += critic(note) }
        lines += outputs(report, isStale: isStale)
        lines += foretold(workspace)
        if recovered != nil, !isStale {
            lines += [[], row(["without", "original", "", "difference", "95 % interval"], .heading), figure(measured.report.headline, isStale: false)]
        }
        lines += comparisons(workspace)
        return lines + hint
    }

    private var hint: [Words] { [[], [("d", .key), (" chooses other data", .dim)]] }

    private func missing(_ workspace: Workspace) -> [Words] {
        let quality = workspace.quality
        if let reason = quality.reason {
            return [[("quality is not measured:", .text)]] + TextWidth.wrap(reason, columns: width).map { [($0, .warning)] }
        }
        if let opening = quality.opening { return [[("opening \(name(of: opening))", .busy)]] }
        return [[(quality.isReady ? "the first samples are being measured" : "quality is not measured", .dim)]]
    }

    private func name(_ figure: QualityFigure) -> String { QualityText.name(figure.metric) }

    private func name(of data: DataChoice) -> String {
        switch data {
        case .random: "random inputs"
        case .demoDigits: "the demo's digits"
        case .file(let path): fileName(of: path)
        }
    }

    /// What was measured on, and how much of it.
    private func source(_ workspace: Workspace, _ recovered: RecoveredNetwork?, _ report: QualityReport) -> Words {
        let seen = NumberText.grouped(report.samples)
        let noun = report.headline.metric == .bitsPerCharacter ? "characters" : "samples"
        let share = report.isComplete ? "\(seen) \(noun)" : "\(seen) of \(NumberText.grouped(report.total)) \(noun)"
        var words: Words = [("on ", .dim), (recovered?.measuredOn ?? workspace.quality.dataName ?? "", .title), ("  \(share)", .text)]
        if let recovered { words.append(("  \(recovered.kind.participle)", .good)) }
        if report.skipped > 0 { words.append(("  \(NumberText.grouped(report.skipped)) could not be read", .warning)) }
        if workspace.quality.isMeasuring(workspace.changedPlans) { words.append(("  goes on", .busy)) }
        return words
    }

    private func figure(_ figure: QualityFigure, isStale: Bool) -> Words {
        let metric = figure.metric
        let unit = QualityText.unit(metric)
        func text(_ value: Double) -> String {
            value.isFinite ? QualityText.value(value, metric) + unit : QualityText.value(value, metric)
        }
        // The interval is that of the difference where there is one, else of the value itself.
        let interval = figure.differenceInterval ?? figure.interval
        return row(
            [
                name(figure), figure.original.map(text) ?? "", text(figure.value),
                figure.difference.map { QualityText.difference($0, metric) } ?? "",
                interval.map { QualityText.interval($0, metric) } ?? "",
            ], isStale ? .stale : .text)
    }

    /// By what a generator's images were judged.
    private func critic(_ note: CriticNote) -> [Words] {
        var lines: [Words] = [[], [("judged by ", .dim), ("\(note.featureCount) features of \(note.classifier)", .text)]]
        if let real = note.real, let count = note.realCount {
            lines.append([("real images are ", .dim), ("\(NumberText.grouped(count)) of \(real)", .text)])
        }
        return lines
    }

    /// What is expected of the configuration in force, and by what.
    private func foretold(_ workspace: Workspace) -> [Words] {
        if let layer = workspace.forecasts.obstacle, workspace.recovered == nil {
            return [[], [("not predicted  ", .dim), ("nothing is known of what \(workspace.model.layers[layer].name) loses", .text)]]
        }
        guard let forecast = workspace.forecast, let learned = workspace.forecasts.forecaster?.observations.count else { return [] }
        let unit = QualityText.unit(forecast.metric)
        let figure = QualityText.value(forecast.value, forecast.metric) + unit
        let basis = learned == 0 ? "by the layers' losses" : "by the layers' losses and what \(learned) configuration\(learned == 1 ? "" : "s") measured"
        return [
            [],
            [
                ("predicted  ", .dim), ("\(QualityText.name(forecast.metric)) \(figure)", .text),
                ("  nine of ten in \(QualityText.interval(forecast.interval, forecast.metric))", .dim),
            ], [(basis, .dim)],
        ]
    }

    private func outputs(_ report: QualityReport, isStale: Bool) -> [Words] {
        guard !report.outputs.isEmpty else { return [] }
        return [[], row(["output", "", "SQNR", "", ""], .heading)]
            + report.outputs.map { output in
                let text = QualityText.value(output.signalToNoise, .signalToNoise)
                return row(
                    [output.name, "", output.signalToNoise.isFinite ? text + " dB" : text, "", ""], isStale ? .stale : .text)
            }
    }

    /// The layer on screen by itself, and the pin.
    private func comparisons(_ workspace: Workspace) -> [Words] {
        var lines: [Words] = []
        if let before = workspace.model.macs.count, let after = workspace.shapes.model.macs.count, before != after {
            let change = NumberText.change(from: before, to: after)
            lines.append([
                ("multiply-accumulates  ", .dim), ("\(NumberText.count(before)) → \(NumberText.count(after))  \(change)", .text),
            ])
        }
        if let timing = workspace.timing, timing.plans == workspace.changedPlans {
            let (before, after) = (NumberText.milliseconds(timing.original), NumberText.milliseconds(timing.changed))
            let change = NumberText.percent(timing.changed / max(timing.original, 1e-12) - 1)
            lines.append([("time a sample  ", .dim), ("\(before) → \(after)  \(change)", .text)])
        }
        if let recovered = workspace.recovered {
            var words: Words = [("\(recovered.kind.participle)  ", .dim)]
            words.append((recovered.basis, .text))
            lines.append(words)
        }
        if let reason = workspace.rejectedRecovery { lines.append([("not reconstructed  ", .dim), (reason, .text)]) }
        if let layer = workspace.layer, let effect = workspace.effectInForce(workspace.selected) {
            let margin = QualityText.margin(effect.figure).map { " " + $0 } ?? ""
            lines.append([
                ("\(layer.name) alone  ", .dim), ("\(name(effect.figure)) \(effect.figure.loss)\(margin)", .text),
                ("  on \(NumberText.grouped(effect.samples))", .dim),
            ])
        }
        if let pin = workspace.qualityAgainstPin {
            lines.append([("against the pin  ", .dim), ("\(QualityText.name(pin.metric)) \(pin.text)", .text)])
        }
        return lines.isEmpty ? [] : [[]] + lines
    }

    /// Cells in columns: the first to the left, the others to the right.
    private func row(_ cells: [String], _ role: Role) -> Words {
        let texts = zip(cells, widths).enumerated().map { column, cell in
            let fitted = TextWidth.fit(cell.0, columns: cell.1, ellipsis: "…")
            let padding = String(repeating: " ", count: max(0, cell.1 - TextWidth.columns(of: fitted)))
            return column == 0 ? fitted + padding : padding + fitted
        }
        return [((showsOriginal ? texts : [texts[0]] + texts[2...]).joined(separator: " "), role)]
    }
}
