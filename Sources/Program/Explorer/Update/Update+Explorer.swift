import Compression
import TerminalUI

extension ExplorerState {
    /// A key in the explorer: the pane's binding, or a digit that begins a value.
    mutating func updateExplorer(_ key: Key) -> [Effect] {
        guard let workspace else { return [] }
        if workspace.pane == .controls, workspace.layer != nil, let character = key.text, workspace.control.beginsValue(character) {
            prompt = Prompt(.value(workspace.control), text: String(character))
            return []
        }
        guard let command = Keymap.command(for: key, in: workspace.pane.keyContext) else { return [] }
        return perform(command)
    }

    /// Carries out a command, wherever it came from.
    mutating func perform(_ command: Command) -> [Effect] {
        switch command {
        case .help: overlay = .help(HelpPage())
        case .palette: overlay = .palette(Palette())
        case .theme: overlay = .themes(ThemeChoice(names: themeNames, current: themeName))
        case .open: return browse(for: .model)
        case .data: return browse(for: .data)
        case .measures: overlay = .measures(scroll: 0)
        case .quit: return want(.quit)
        case .suspend: return [.program(.suspend)]
        case .redraw: return [.program(.redraw)]
        case .start:
            isAtStart = true
        default:
            guard workspace != nil else { return [] }
            return performOnWorkspace(command)
        }
        return []
    }

    private mutating func performOnWorkspace(_ command: Command) -> [Effect] {
        switch command.group {
        case .moving: move(command)
        case .adjusting: return adjust(command)
        case .marking: return markOrApply(command)
        case .recovering: return recover(command)
        case .comparing: return compare(command)
        case .viewing: view(command)
        default:
            switch command {
            case .save: return save()
            case .saveAs: askForName()
            case .export: askForExport()
            case .inputShapes: askForInputShapes()
            default: break
            }
        }
        return []
    }

    private mutating func move(_ command: Command) {
        let page = max(1, layout?.layers.flatMap { pane in workspace.map { LayerTable.rowCount(in: pane, of: $0.model) } } ?? 1)
        switch command {
        case .next: workspace?.moveSelection(by: 1)
        case .previous: workspace?.moveSelection(by: -1)
        case .nextPage: workspace?.moveSelection(by: page)
        case .previousPage: workspace?.moveSelection(by: -page)
        case .first: workspace?.moveSelection(by: -.max / 2)
        case .last: workspace?.moveSelection(by: .max / 2)
        case .focusNext: stepFocus(by: 1)
        case .focusPrevious: stepFocus(by: -1)
        case .focusLayers: focus(.layers)
        case .focusWeights, .focusMap:
            workspace?.samples.isShown = false
            focus(command == .focusMap ? .map : .weights)
        case .focusControls: focus(.controls)
        case .enlarge: workspace?.isEnlarged = true
        case .restore: workspace?.isEnlarged = false
        default: break
        }
    }

    /// Focuses another pane; samples are one pane in place of two.
    private mutating func stepFocus(by steps: Int) {
        focus(workspace?.pane.stepped(by: steps))
        if workspace?.samples.isShown == true, workspace?.pane == .map { focus(workspace?.pane.stepped(by: steps)) }
    }

    mutating func focus(_ pane: Pane?) {
        if let pane { workspace?.pane = pane }
    }

    private mutating func adjust(_ command: Command) -> [Effect] {
        switch command {
        case .decrease: return step(by: -1)
        case .increase: return step(by: 1)
        case .decreaseMuch: return step(by: -10)
        case .increaseMuch: return step(by: 10)
        case .type:
            guard let workspace else { return [] }
            if workspace.layer == nil { complain("there is no layer to set a value of") } else { prompt = Prompt(.value(workspace.control), text: "") }
        case .automaticRanks:
            guard let workspace else { return [] }
            take(.rankOut)
            if let reason = workspace.obstacle(of: .rankOut) {
                complain("rank out: \(reason)")
                return []
            }
            var plan = workspace.plan
            plan.factorize = plan.factorize == .automatic ? nil : .automatic
            self.workspace?.changeSelected(plan)
        case .nextControl: stepControl(by: 1)
        case .previousControl: stepControl(by: -1)
        case .nextUnit:
            let unit = workspace?.unit.next ?? .sparsity
            workspace?.unit = unit
            take(.prune)
        case .reset:
            guard let layer = workspace?.layer, let selected = workspace?.selected else { return [] }
            workspace?.resetLayers([selected], title: "reset of \(layer.name)")
        case .resetAll:
            let all = workspace?.plans.indices ?? 0..<0
            workspace?.resetLayers(all, title: "reset of all layers")
        case .undo: restore(workspace?.undo(), verb: "undid", otherwise: "nothing to undo")
        case .redo: restore(workspace?.redo(), verb: "redid", otherwise: "nothing to redo")
        default: break
        }
        return []
    }

    private mutating func step(by steps: Int) -> [Effect] {
        if let control = workspace?.control, let reason = workspace?.obstacle(of: control) {
            complain(control.isStructural || control.isOfSharing ? "\(control.label): \(reason)" : reason)
            return []
        }
        workspace?.step(by: steps)
        return []
    }

    private mutating func stepControl(by steps: Int) {
        guard let workspace else { return }
        let controls = workspace.controls
        let index = controls.firstIndex(of: workspace.control) ?? 0
        take(controls[min(controls.count - 1, max(0, index + steps))])
    }

    /// Takes a slider; what it acts on comes on screen.
    mutating func take(_ control: Control) {
        guard workspace?.control != control else { return }
        workspace?.control = control
        if control.isRank { workspace?.showsFactors = true }
        if !control.isStructural { workspace?.showsFactors = false }
    }

    private mutating func restore(_ done: String?, verb: String, otherwise: String) {
        say(done.map { "\(verb): \($0)" } ?? otherwise)
    }

    private mutating func markOrApply(_ command: Command) -> [Effect] {
        guard let workspace, workspace.layer != nil else {
            complain("there is no layer to mark")
            return []
        }
        let selected = workspace.selected
        switch command {
        case .mark:
            if workspace.marked.contains(selected) { self.workspace?.marked.remove(selected) } else { self.workspace?.marked.insert(selected) }
            self.workspace?.moveSelection(by: 1)
        case .markAll: self.workspace?.marked.formUnion(workspace.rows)
        case .unmarkAll: self.workspace?.marked = []
        case .applyPlan, .applyControl:
            let targets = workspace.marked.subtracting([selected]).count
            guard targets > 0 else {
                say("mark other layers first: Space marks one, * all shown")
                return []
            }
            let control = command == .applyControl ? workspace.control : nil
            say("applied \(control.map { "\($0.label) of " } ?? "")\(workspace.layer?.name ?? "") to \(targets) layers")
            self.workspace?.apply(only: control)
        default: break
        }
        return []
    }

    private mutating func compare(_ command: Command) -> [Effect] {
        switch command {
        case .pin:
            workspace?.pinConfiguration()
            say("pinned: the deltas count from here; b swaps")
        case .unpin: workspace?.pin = nil
        case .swapPin:
            guard workspace?.pin != nil else {
                say("nothing is pinned: p pins")
                return []
            }
            workspace?.swapPin()
            say("swapped with the pin")
        default: break
        }
        return []
    }

    private mutating func view(_ command: Command) {
        switch command {
        case .filter: prompt = Prompt(.filter(before: workspace?.order.filter ?? ""), text: workspace?.order.filter ?? "")
        case .back:
            // One step back at a time: out of the enlarged pane, from the samples, to the layers, out of the filter.
            if workspace?.isEnlarged == true {
                workspace?.isEnlarged = false
            } else if workspace?.samples.isShown == true {
                workspace?.samples.isShown = false
            } else if workspace?.pane != .layers {
                focus(.layers)
            } else {
                workspace?.setFilter("")
            }
        case .sort:
            guard let workspace else { return }
            // Shapes are a column only where there is something to tell of them.
            let hidden: Set<SortKey> = workspace.shapes.isOriginal ? [.filters, .ranks] : []
            let keys = SortKey.allCases.filter { !hidden.contains($0) || $0 == workspace.order.key }
            let index = keys.firstIndex(of: workspace.order.key) ?? 0
            self.workspace?.order.key = keys[(index + 1) % keys.count]
        case .reverseSort: workspace?.order.isReversed.toggle()
        case .logCounts: workspace?.isLog.toggle()
        case .factors:
            if let reason = workspace?.factorObstacle {
                complain("no factors: \(reason)")
            } else {
                workspace?.showsFactors.toggle()
            }
        case .nextFactor: workspace?.showPart(by: 1)
        case .samples:
            workspace?.samples.isShown.toggle()
            if workspace?.samples.isShown == true, workspace?.pane == .map { focus(.weights) }
        case .resetView:
            if let matrix = workspace?.subject?.matrix { workspace?.region = MapRegion(all: matrix) }
            workspace?.range = nil
        case .zoomIn: zoom(by: 0.5)
        case .zoomOut: zoom(by: 2)
        case .panLeft: pan(down: 0, across: -1)
        case .panRight: pan(down: 0, across: 1)
        case .panUp: pan(down: -1, across: 0)
        case .panDown: pan(down: 1, across: 0)
        default: break
        }
    }

    func isZoomingMap(_ workspace: Workspace) -> Bool { workspace.pane == .map }

    private mutating func zoom(by factor: Double) {
        guard let workspace, let matrix = workspace.subject?.matrix else { return }
        if isZoomingMap(workspace) {
            self.workspace?.region = workspace.region.zoomed(by: factor, in: matrix)
        } else {
            self.workspace?.zoomHistogram(by: factor)
        }
    }

    private mutating func pan(down: Int, across: Int) {
        guard let workspace, let matrix = workspace.subject?.matrix else { return }
        if isZoomingMap(workspace) {
            self.workspace?.region = workspace.region.panned(down: down, across: across, in: matrix)
        } else {
            self.workspace?.panHistogram(by: across)
        }
    }
}
