import Basics
import Compression
import Evaluation
import Importance
import Reports
import TerminalUI

/// The pane with the sliders of the layer on screen.
struct ControlsView {
    private let workspace: Workspace
    private let area: Rect

    init(_ state: ExplorerState, _ area: Rect) {
        workspace = state.workspace!
        self.area = area
    }

    struct Hit {
        var control: Control
        /// Where on the track, 0…1; nil beside it.
        var position: Double?
        /// Whether the reading at the right was meant.
        var isReading: Bool
    }

    func hit(at point: Point) -> Hit? {
        for (index, control) in shown.enumerated() {
            switch slider(control, nil).hitTest(point, in: row(index)) {
            case .track(let fraction): return Hit(control: control, position: fraction, isReading: false)
            case .value, .note: return Hit(control: control, position: nil, isReading: true)
            case .label: return Hit(control: control, position: nil, isReading: false)
            case nil: continue
            }
        }
        return nil
    }

    /// The place on the track of a column; dragging may leave the pane.
    func position(atColumn x: Int) -> Double { slider(.prune, nil).fraction(atColumn: x, in: row(0)) }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let frame = Frame(number: 4, title: "Controls", details: titleDetails(look), isFocused: workspace.pane == .controls)
        grid.draw(frame, in: area, with: look)
        let inner = Frame.inner(of: area)
        if let reason = workspace.status?.refusal {
            let words = "stays as it is: \(reason)"
            grid.write(Line(words, look[.warning]), in: inner.inset(left: 1), ellipsis: look.glyphs.ellipsis.description)
            return
        }
        let shown = shown
        for (index, control) in shown.enumerated() {
            grid.draw(slider(control, look), in: row(index), with: look)
        }
        let below = inner.inset(top: shown.count)
        if below.height >= 1 { drawSummary(into: &grid, below, look) }
    }

    /// The sliders that there is room for, around the selected one.
    private var shown: ArraySlice<Control> {
        let controls = workspace.controls
        let room = min(controls.count, Frame.inner(of: area).height)
        let selected = controls.firstIndex(of: workspace.control) ?? 0
        let first = min(controls.count - room, max(0, selected - room + 1))
        return controls[first..<first + room]
    }

    private func row(_ index: Int) -> Rect { Frame.inner(of: area).row(index) }

    private func titleDetails(_ look: Appearance) -> [Line] {
        guard let layer = workspace.layer else { return [] }
        let hidden = workspace.controls.count - shown.count
        let more = hidden > 0 ? [Line("\(hidden) more", look[.dim])] : []
        return [Line(layer.name, look[.dim])] + more
    }

    private func slider(_ control: Control, _ look: Appearance?) -> Slider {
        let context = workspace.controlContext
        let reading = control.slider.reading(in: workspace)
        return Slider(
            control.slider.name(context), fraction: control.slider.position(in: workspace.plan, context), value: Line(reading.value),
            note: Line(reading.note), isSelected: workspace.control == control,
            isDisabled: workspace.obstacle(of: control) != nil, labelWidth: 8, valueWidth: 9,
            noteWidth: area.width >= 60 ? 24 : (area.width >= 50 ? 16 : 0))
    }

    /// The layer as a whole, and what changed against the pin.
    private func drawSummary(into grid: inout CellGrid, _ area: Rect, _ look: Appearance) {
        guard let status = workspace.status else { return }
        let figures = status.figures
        let sign = status.sign(look.glyphs)
        let original = NumberText.bytes(bits: figures.stages.original)
        let arrow = look.glyphs.becomes.description
        var line = Line([
            Span("layer ", look[.dim]),
            Span("\(original) \(arrow) \(sign)\(NumberText.bytes(figures.account.byteCount))  "),
            Span(NumberText.ratio(figures.weightRatio), look[.accent]),
        ])
        if figures.squaredError > 0, figures.signalPower > 0 {
            let decibels = NumberText.decibels(figures.squaredError / figures.signalPower)
            let sign = figures.structure?.hasFinalError == false ? look.glyphs.estimated.description : ""
            line.spans.append(Span("  error \(sign)\(decibels)", look[.dim]))
        }
        let loss = workspace.loss(of: workspace.selected)
        if let loss {
            let sign = loss.isExact ? "" : look.glyphs.estimated.description
            line.spans += [Span("  loss ", look[.dim]), Span(sign + NumberText.weight(loss.value.value))]
        }
        if let before = workspace.layer?.macs.count, let after = workspace.composed?.macs.count, before != after {
            let change = NumberText.change(from: before, to: after, digits: 0)
            line.spans.append(Span("  MACs \(change)", look[.dim]))
        }
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(line, in: area.inset(left: 2).row(0), ellipsis: ellipsis)
        guard area.height >= 2 else { return }
        guard let pin = workspace.pin else {
            if let loss {
                grid.write(Line(words(of: loss.value), look[.dim]), in: area.inset(left: 2).row(1), ellipsis: ellipsis)
            }
            return
        }
        let before = pin.figures.indices.contains(workspace.selected) ? pin.figures[workspace.selected] : figures
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
        grid.write(delta, in: area.inset(left: 2).row(1), ellipsis: ellipsis)
    }

    /// What a predicted loss is of, and how well it is known.
    private func words(of loss: PredictedLoss) -> String {
        let interval = "\(NumberText.weight(loss.interval.lowerBound))–\(NumberText.weight(loss.interval.upperBound))"
        let unit = workspace.losses.isOfNumbers ? "half error per variance" : "nats"
        return "loss, predicted: \(unit), likely \(interval)\(workspace.losses.isRandom ? ", of random inputs" : "")"
    }

    private func style(_ delta: Int, _ look: Appearance) -> Style {
        delta == 0 ? look[.text] : look[delta < 0 ? .good : .bad]
    }
}
