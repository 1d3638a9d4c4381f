import Basics
import Compression
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
        let inner = Frame.inner(of: area)
        let below = inner.inset(top: shown.count)
        let summary = LayerSummary(workspace)
        let frame = Frame(
            number: 4, title: "Controls", details: titleDetails(look), footer: summary.footer(isAlone: below.height < 1, look),
            isFocused: workspace.pane == .controls)
        grid.draw(frame, in: area, with: look)
        if let reason = workspace.status?.refusal {
            let words = "stays as it is: \(reason)"
            grid.write(Line(words, look[.warning]), in: inner.inset(left: 1), ellipsis: look.glyphs.ellipsis.description)
            return
        }
        let shown = shown
        for (index, control) in shown.enumerated() {
            grid.draw(slider(control, look), in: row(index), with: look)
        }
        if below.height >= 1 { summary.draw(into: &grid, in: below.inset(left: 2), look) }
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
        var slider = Slider(
            control.slider.name(context), fraction: control.slider.position(in: workspace.plan, context), value: Line(reading.value),
            note: Line(reading.note), isSelected: workspace.control == control,
            isDisabled: workspace.obstacle(of: control) != nil, labelWidth: 8, valueWidth: 9,
            noteWidth: area.width >= 60 ? 24 : (area.width >= 50 ? 16 : 0))
        slider.levels = workspace.trackLosses(of: control)?.levels(workspace.trackBounds) ?? []
        return slider
    }
}
