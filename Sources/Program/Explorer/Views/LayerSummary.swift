import Basics
import Compression
import Importance
import Reports
import TerminalUI

/// The layer on screen as a whole: its size, its error, what that is expected to cost, and the same without what was recovered.
struct LayerSummary {
    private let workspace: Workspace

    init(_ workspace: Workspace) { self.workspace = workspace }

    // MARK: - Below the sliders

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        guard let status = workspace.status else { return }
        let ellipsis = look.glyphs.ellipsis.description
        var lines: [Line]
        if let recovered = workspace.recovered, let held = workspace.recovered(workspace.selected), !status.isRefused {
            lines = area.height >= 3 ? table(recovered, held, look) : [comparison(recovered, held, look)]
        } else {
            lines = [layer(status, look)]
        }
        if let pin = workspace.pin {
            lines.append(against(pin, status.figures, look))
        } else if let loss = shownLoss {
            lines.append(Line(words(of: loss), look[.dim]))
        }
        for (row, line) in lines.prefix(area.height).enumerated() { grid.write(line, in: area.row(row), ellipsis: ellipsis) }
    }

    private func layer(_ status: LayerStatus, _ look: Appearance) -> Line {
        let figures = status.figures
        let sign = status.sign(look.glyphs)
        let original = NumberText.bytes(bits: figures.stages.original)
        let arrow = look.glyphs.becomes.description
        var line = Line([
            Span("layer ", look[.dim]),
            Span("\(original) \(arrow) \(sign)\(NumberText.bytes(figures.account.byteCount))  "),
            Span(NumberText.ratio(figures.weightRatio), look[.accent]),
        ])
        if let error = error(figures, look) { line.spans.append(Span("  error \(error)", look[.dim])) }
        if let loss = plainLoss(look) { line.spans += [Span("  loss ", look[.dim]), Span(loss)] }
        if let before = workspace.layer?.macs.count, let after = workspace.composed?.macs.count, before != after {
            let change = NumberText.change(from: before, to: after, digits: 0)
            line.spans.append(Span("  MACs \(change)", look[.dim]))
        }
        return line
    }

    /// What a recovered network holds in the layer's place, and what its plan alone makes of it, side by side.
    private func table(_ recovered: RecoveredNetwork, _ held: RecoveredLayer, _ look: Appearance) -> [Line] {
        let widths = [14, 9, 7, 11, 9, 7]
        func row(_ cells: [String], _ style: Style) -> Line {
            let texts = zip(cells, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: max(0, cell.1 - TextWidth.columns(of: cell.0)))
                return column == 0 ? cell.0 + padding : padding + cell.0
            }
            return Line(texts.joined(), style)
        }
        func cells(_ name: String, _ figures: LayerFigures, loss: String?, _ effect: Quality.LayerEffect?) -> [String] {
            let none = look.glyphs.dash.description
            return [
                name, NumberText.bytes(figures.account.byteCount), NumberText.ratio(figures.weightRatio), error(figures, look) ?? none,
                loss ?? none, effect?.figure.loss ?? none,
            ]
        }
        let before = NumberText.bytes(bits: held.figures.stages.original)
        return [
            row([before, "size", "ratio", "error", "loss", "effect"], look[.heading]),
            row(
                cells(recovered.kind.participle, held.figures, loss: held.loss.map { NumberText.weight($0.value) }, held.effect), look[.good]),
            row(
                cells(
                    "without", workspace.statuses[workspace.selected].figures, loss: plainLoss(look), workspace.plainEffect(workspace.selected)),
                look[.dim]),
        ]
    }

    /// The same in one line, where there is room for no more.
    private func comparison(_ recovered: RecoveredNetwork, _ held: RecoveredLayer, _ look: Appearance) -> Line {
        let plain = workspace.statuses[workspace.selected].figures
        let arrow = look.glyphs.becomes.description
        var line = Line([
            Span("\(NumberText.bytes(plain.account.byteCount)) \(arrow) \(NumberText.bytes(held.figures.account.byteCount))"),
            Span("  error \(error(plain, look) ?? "") \(arrow) \(error(held.figures, look) ?? "")", look[.dim]),
        ])
        if let loss = losses(held, look) { line.spans += [Span("  loss ", look[.dim]), Span(loss)] }
        line.spans.append(Span("  \(recovered.kind.participle)", look[.good]))
        return line
    }

    private func against(_ pin: Pin, _ figures: LayerFigures, _ look: Appearance) -> Line {
        let selected = workspace.selected
        let held = pin.recovered.flatMap { $0.layers.indices.contains(selected) ? $0.layers[selected].figures : nil }
        let before = held ?? (pin.figures.indices.contains(selected) ? pin.figures[selected] : figures)
        let layerDelta = figures.account.byteCount - before.account.byteCount
        let fileDelta = workspace.totalsInForce.compressedByteCount - pin.byteCount
        var delta = Line([
            Span("against pin ", look[.dim]), Span(look.glyphs.spelled(NumberText.byteDelta(layerDelta)), style(layerDelta, look)),
            Span("  file ", look[.dim]), Span(look.glyphs.spelled(NumberText.byteDelta(fileDelta)), style(fileDelta, look)),
        ])
        if let quality = workspace.qualityAgainstPin {
            let style = quality.harm == 0 ? look[.text] : look[quality.harm < 0 ? .good : .bad]
            delta.spans += [Span("  \(QualityText.name(quality.metric)) ", look[.dim]), Span(look.glyphs.spelled(quality.text), style)]
        }
        return delta
    }

    private func style(_ delta: Int, _ look: Appearance) -> Style {
        delta == 0 ? look[.text] : look[delta < 0 ? .good : .bad]
    }

    // MARK: - In the frame

    /// What is under way, with a bar and the key that ends it; else, where nothing stands below the sliders, the predicted loss.
    func footer(isAlone: Bool, _ look: Appearance) -> Line? {
        if let run = workspace.recovery.run, run.isUnderWay, run.kind == .reconstruction {
            return progress(run.kind.gerund, run.fraction, run.detail, Command.reconstruct, look)
        }
        if let fraction = workspace.losses.weighing { return progress("predicting", fraction, "", Command.weigh, look) }
        guard isAlone else { return nil }
        if let recovered = workspace.recovered, let held = workspace.recovered(workspace.selected), let loss = losses(held, look) {
            return Line([Span("loss ", look[.dim]), Span(loss), Span("  \(recovered.kind.participle)", look[.good])])
        }
        guard let loss = workspace.loss(of: workspace.selected), let text = plainLoss(look) else { return nil }
        return Line([Span("loss ", look[.dim]), Span(text), Span(" \(unit), likely \(interval(loss.value))", look[.dim])])
    }

    private func progress(_ name: String, _ fraction: Double, _ detail: String, _ command: Command, _ look: Appearance) -> Line {
        let width = 8
        let filled = Int((max(0, min(1, fraction)) * Double(width)).rounded())
        return Line([
            Span("\(name) ", look[.busy]), Span(String(repeating: look.glyphs.sliderFill.description, count: filled), look[.sliderFill]),
            Span(String(repeating: look.glyphs.sliderTrack.description, count: width - filled), look[.sliderTrack]),
            Span(" \(NumberText.percent(fraction, digits: 0))", look[.busy]), Span("  \(command.keys[0]) ends", look[.dim]),
            Span(detail.isEmpty ? "" : "  \(detail)", look[.dim]),
        ])
    }

    // MARK: - Figures

    private func error(_ figures: LayerFigures, _ look: Appearance) -> String? {
        guard figures.squaredError > 0, figures.signalPower > 0 else { return nil }
        let sign = figures.structure?.hasFinalError == false ? look.glyphs.estimated.description : ""
        return sign + NumberText.decibels(figures.squaredError / figures.signalPower)
    }

    private func plainLoss(_ look: Appearance) -> String? {
        workspace.loss(of: workspace.selected).map { loss in
            (loss.isExact ? "" : look.glyphs.estimated.description) + NumberText.weight(loss.value.value)
        }
    }

    /// Without what was recovered and with it.
    private func losses(_ held: RecoveredLayer, _ look: Appearance) -> String? {
        guard let plain = plainLoss(look) else { return held.loss.map { NumberText.weight($0.value) } }
        return held.loss.map { "\(plain) \(look.glyphs.becomes) \(NumberText.weight($0.value))" } ?? plain
    }

    /// The loss that the words are of: of what would be written now.
    private var shownLoss: PredictedLoss? {
        workspace.recovered == nil ? workspace.loss(of: workspace.selected)?.value : workspace.recovered(workspace.selected)?.loss
    }

    /// What a predicted loss is of, and how well it is known.
    private func words(of loss: PredictedLoss) -> String {
        "loss, predicted: \(unit), likely \(interval(loss))\(workspace.losses.isRandom ? ", of random inputs" : "")"
    }

    private var unit: String { workspace.losses.isOfNumbers ? "half error per variance" : "nats" }

    private func interval(_ loss: PredictedLoss) -> String {
        "\(NumberText.weight(loss.interval.lowerBound))–\(NumberText.weight(loss.interval.upperBound))"
    }
}
