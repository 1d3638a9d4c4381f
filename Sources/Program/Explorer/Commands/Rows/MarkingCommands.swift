extension CommandGroup {
    static let marking = CommandGroup(
        "Many layers at once",
        [
            Command(
                "mark", "Mark the layer, and go on", .keys("space", in: .layers, hint: Hint("mark", 100)), finds: "select choose",
                does: { $0.mark { $0.markSelected() } }),
            Command(
                "markAll", "Mark all layers shown", .keys("*"), finds: "select choose every", does: { $0.mark { $0.marked.formUnion($0.rows) } }),
            Command("unmarkAll", "Unmark all layers", .keys("U"), finds: "deselect none", does: { $0.mark { $0.marked = [] } }),
            Command(
                "applyPlan", "Apply this layer's plan to the marked ones", .keys("a", hint: Hint("apply", 110)), finds: "copy paste same",
                does: { $0.apply(only: nil) }),
            Command(
                "applyControl", "Apply this slider to the marked layers", .keys("A"), finds: "copy paste same",
                does: { $0.apply(only: $0.workspace?.control) }),
        ])
}

extension ExplorerState {
    /// Changes which layers are marked, where there are any.
    fileprivate mutating func mark(_ change: (inout Workspace) -> Void) {
        guard workspace?.layer != nil else { return complain("there is no layer to mark") }
        change(&workspace!)
    }

    /// Gives the marked layers the plan on screen, or what one slider sets of it.
    fileprivate mutating func apply(only control: Control?) {
        guard let workspace, let layer = workspace.layer else { return complain("there is no layer to mark") }
        let targets = workspace.marked.subtracting([workspace.selected]).count
        guard targets > 0 else { return say("mark other layers first: Space marks one, * all shown") }
        say("applied \(control.map { "\($0.label) of " } ?? "")\(layer.name) to \(targets) layers")
        self.workspace?.apply(only: control)
    }
}

extension Workspace {
    fileprivate mutating func markSelected() {
        if marked.remove(selected) == nil { marked.insert(selected) }
        moveSelection(by: 1)
    }
}
