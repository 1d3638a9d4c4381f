extension CommandGroup {
    static let moving = CommandGroup(
        "Moving",
        [
            Command("next", "Select the next line", .keys("j down", in: .layers, .weights), changes: { $0.moveSelection(by: 1) }),
            Command("previous", "Select the previous line", .keys("k up", in: .layers, .weights), changes: { $0.moveSelection(by: -1) }),
            Command("nextPage", "Move a page down", .keys("pagedown ctrl-f"), does: { $0.movePage(by: 1) }),
            Command("previousPage", "Move a page up", .keys("pageup ctrl-b"), does: { $0.movePage(by: -1) }),
            Command(
                "first", "Move to the first line", .keys("g home", in: .layers, .weights, .map), finds: "top", changes: { $0.moveSelection(by: -.max / 2) }),
            Command("last", "Move to the last line", .keys("G end", in: .layers, .weights, .map), finds: "bottom", changes: { $0.moveSelection(by: .max / 2) }),
            Command("focusNext", "Focus the next pane", .keys("tab"), changes: { $0.stepFocus(by: 1) }),
            Command("focusPrevious", "Focus the previous pane", .keys("shift-tab"), changes: { $0.stepFocus(by: -1) }),
            Command("focusLayers", "Focus the layers", .keys("1"), finds: "table", changes: { $0.pane = .layers }),
            Command("focusWeights", "Focus the weights", .keys("2"), finds: "histogram", changes: { $0.focusPicture(.weights) }),
            Command("focusMap", "Focus the map", .keys("3"), finds: "matrix heat", changes: { $0.focusPicture(.map) }),
            Command("focusControls", "Focus the controls", .keys("4"), finds: "sliders", changes: { $0.pane = .controls }),
            Command("enlarge", "Enlarge the focused pane", .keys("+"), finds: "maximize zoom", changes: { $0.isEnlarged = true }),
            Command("restore", "Show all panes again", .keys("_"), finds: "minimize", changes: { $0.isEnlarged = false }),
        ])
}

extension ExplorerState {
    fileprivate mutating func movePage(by pages: Int) {
        guard let workspace else { return }
        let rows = layout?.layers.map { LayerTable.rowCount(in: $0, of: workspace.model) } ?? 1
        self.workspace?.moveSelection(by: pages * max(1, rows))
    }
}

extension Workspace {
    /// Focuses another pane; samples are one pane in place of two.
    fileprivate mutating func stepFocus(by steps: Int) {
        pane = pane.stepped(by: steps)
        if samples.isShown, pane == .map { pane = pane.stepped(by: steps) }
    }

    /// Focuses the histogram or the map, in whose place samples may stand.
    fileprivate mutating func focusPicture(_ picture: Pane) {
        samples.isShown = false
        pane = picture
    }
}
