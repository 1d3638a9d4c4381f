import Compression
import NeuralNetwork
import TerminalUI

extension ExplorerState {
    /// The mouse in the explorer: what is under it decides.
    mutating func updateExplorer(_ mouse: MouseEvent) {
        guard let layout else { return }
        switch mouse.kind {
        case .press where mouse.button == .left: press(mouse.position, layout)
        case .drag: continueDrag(mouse.position, layout)
        case .release:
            if drag != nil {
                drag = nil
                workspace?.history.endDrag()
            }
        case .wheelUp: wheel(mouse, up: true, layout)
        case .wheelDown: wheel(mouse, up: false, layout)
        default: break
        }
    }

    private mutating func press(_ point: Point, _ layout: ExploreLayout) {
        guard let pane = layout.pane(at: point), let area = layout.rect(of: pane) else { return }
        // The frame of an enlarged or reduced screen must not change under the pointer while it drags.
        if !layout.isReduced || pane == .layers || pane == .controls || pane == workspace?.pane { workspace?.pane = pane }
        switch pane {
        case .layers: pressLayers(point, area)
        case .controls: pressControls(point, area)
        case .weights:
            guard workspace?.drawsFactors == false, let value = PicturePlaces(layout).weight(at: point, in: self) else {
                return
            }
            guard workspace?.status?.refusal == nil else { return }
            drag = .threshold
            workspace?.history.beginDrag()
            take(.prune)
            dragThreshold(to: value)
        case .map:
            if workspace?.drawsFactors == true {
                guard workspace?.obstacle(of: .rankOut) == nil else { return }
                drag = .ranks
                workspace?.history.beginDrag()
                if workspace?.control.slider.scene != .factors { take(.rankOut) }
                dragRanks(to: point, layout)
                return
            }
            if let region = workspace?.region { drag = .map(from: point, region) }
        }
    }

    private mutating func pressLayers(_ point: Point, _ area: Rect) {
        guard let workspace else { return }
        switch LayerTable(self, area).hit(at: point) {
        case .row(let row): self.workspace?.select(workspace.rows[row])
        case .mark(let row):
            let layer = workspace.rows[row]
            if self.workspace?.marked.remove(layer) == nil { self.workspace?.marked.insert(layer) }
        case .heading(let key):
            if workspace.order.key == key {
                self.workspace?.order.isReversed.toggle()
            } else {
                self.workspace?.order.key = key
                self.workspace?.order.isReversed = false
            }
        case nil: break
        }
    }

    private mutating func pressControls(_ point: Point, _ area: Rect) {
        guard let workspace, let hit = ControlsView(self, area).hit(at: point) else { return }
        take(hit.control)
        if let complaint = workspace.complaint(of: hit.control) { return complain(complaint) }
        guard let position = hit.position else {
            if hit.isReading, hit.control == .prune { self.workspace?.unit = workspace.unit.next }
            return
        }
        drag = .slider(hit.control)
        self.workspace?.history.beginDrag()
        moveSlider(hit.control, to: position)
    }

    private mutating func moveSlider(_ control: Control, to position: Double) {
        guard let workspace else { return }
        self.workspace?.changeSelected(control.moved(to: position, in: workspace.plan, workspace.controlContext))
    }

    private mutating func dragThreshold(to value: Double) {
        guard let workspace else { return }
        var plan = workspace.plan
        let range = max(workspace.status?.scale.largest ?? 0, 1e-30)
        // Three significant digits: what a person would type, and finer than a column of the chart.
        let rule = PruneControl.rule(at: abs(value) / range, unit: .threshold, scale: LayerScale(range: -range...range))
        plan.prune = rule
        self.workspace?.changeSelected(plan)
    }

    /// Takes the ranks under a point of the map of energies.
    private mutating func dragRanks(to point: Point, _ layout: ExploreLayout) {
        guard let workspace, let factors = workspace.currentPicture?.factors,
            let ranks = PicturePlaces(layout).ranks(at: point, in: factors)
        else { return }
        var plan = workspace.plan
        let isWhole = ranks == factors.full
        plan.factorize =
            isWhole
            ? nil : FactorRule(factors.layout.isMatrix ? .rank(ranks.out) : .tucker(out: ranks.out, in: ranks.in), norm: workspace.norm)
        self.workspace?.changeSelected(plan)
    }

    private mutating func continueDrag(_ point: Point, _ layout: ExploreLayout) {
        switch drag {
        case .slider(let control):
            guard let area = layout.controls else { return }
            moveSlider(control, to: ControlsView(self, area).position(atColumn: point.x))
        case .threshold:
            guard let value = PicturePlaces(layout).weight(atColumn: point.x, in: self) else { return }
            dragThreshold(to: value)
        case .ranks: dragRanks(to: point, layout)
        case .map(let from, let region):
            guard let matrix = workspace?.subject?.matrix, let cells = PicturePlaces(layout).mapCells, !cells.isEmpty else { return }
            let down = (from.y - point.y) * region.rows.count / max(1, cells.height)
            let across = (from.x - point.x) * region.columns.count / max(1, cells.width)
            workspace?.region = region.moved(down: down, across: across, in: matrix)
        case nil: break
        }
    }

    private mutating func wheel(_ mouse: MouseEvent, up: Bool, _ layout: ExploreLayout) {
        guard let workspace, let pane = layout.pane(at: mouse.position), let area = layout.rect(of: pane) else { return }
        switch pane {
        case .layers: self.workspace?.moveSelection(by: up ? -1 : 1)
        case .weights: self.workspace?.zoomHistogram(by: up ? 0.8 : 1.25)
        case .map:
            if let matrix = workspace.subject?.matrix {
                self.workspace?.region = workspace.region.zoomed(by: up ? 0.8 : 1.25, in: matrix)
            }
        case .controls:
            guard let control = ControlsView(self, area).hit(at: mouse.position)?.control,
                workspace.obstacle(of: control) == nil
            else { return }
            take(control)
            let plan = control.stepped(by: up ? 1 : -1, in: workspace.plan, workspace.controlContext)
            self.workspace?.changeSelected(plan)
        }
    }
}
