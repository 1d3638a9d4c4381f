import Compression

extension CommandGroup {
    static let adjusting = CommandGroup(
        "Adjusting",
        [
            Command(
                "decrease", "Move the slider left", .keys("h left", in: .layers, .controls, .weights, hint: Hint("adjust", 10)),
                finds: "less smaller", does: { $0.step(by: -1) }),
            Command(
                "increase", "Move the slider right", .keys("l right", in: .layers, .controls, .weights, hint: Hint("adjust", 10)),
                finds: "more larger", does: { $0.step(by: 1) }),
            Command(
                "decreaseMuch", "Move the slider ten steps left", .keys("H shift-left", hint: Hint("×10", 20)), finds: "less smaller",
                does: { $0.step(by: -10) }),
            Command(
                "increaseMuch", "Move the slider ten steps right", .keys("L shift-right", hint: Hint("×10", 20)), finds: "more larger",
                does: { $0.step(by: 10) }),
            Command("type", "Type an exact value", .keys("enter =", hint: Hint("type", 50)), finds: "number set enter", does: { $0.askForValue() }),
            Command(
                "nextControl", "Take the next slider", .keys("j down", in: .controls, hint: Hint("slider", 40)), .keys("]"),
                does: { $0.stepControl(by: 1) }),
            Command(
                "previousControl", "Take the previous slider", .keys("k up", in: .controls, hint: Hint("slider", 40)), .keys("["),
                does: { $0.stepControl(by: -1) }),
            Command("firstControl", "Take the first slider", .keys("g home", in: .controls), finds: "top", does: { $0.stepControl(by: -.max / 2) }),
            Command("lastControl", "Take the last slider", .keys("G end", in: .controls), finds: "bottom", does: { $0.stepControl(by: .max / 2) }),
            Command(
                "nextUnit", "Read pruning as sparsity, sigma or threshold", .keys("v", hint: Hint("unit", 60)), finds: "prune magnitude percent",
                does: { state in
                    if let unit = state.workspace?.unit { state.workspace?.unit = unit.next }
                    state.take(.prune)
                }),
            Command(
                "automaticRanks", "Choose the ranks automatically, or leave the layer whole", .keys("e"),
                finds: "factorize decompose tucker svd low-rank", does: { $0.toggleAutomaticRanks() }),
            Command(
                "nextNorm", "Judge ranks by the weights or by the data", .keys("n"), finds: "spectrum energy whitening factorize tucker svd",
                does: { $0.changeNorm() }),
            Command("reset", "Reset the layer", .keys("r"), finds: "clear default original", changes: { $0.resetSelected() }),
            Command(
                "resetAll", "Reset all layers", .keys("R"), finds: "clear default original",
                changes: { $0.resetLayers($0.plans.indices, title: "reset of all layers") }),
            Command(
                "undo", "Undo", .keys("u", hint: Hint("undo", 120)), finds: "back revert",
                does: { state in state.say(state.workspace?.undo().map { "undid: \($0)" } ?? "nothing to undo") }),
            Command(
                "redo", "Redo", .keys("ctrl-r"), finds: "again repeat",
                does: { state in state.say(state.workspace?.redo().map { "redid: \($0)" } ?? "nothing to redo") }),
        ])
}

extension ExplorerState {
    fileprivate mutating func step(by steps: Int) {
        guard let workspace else { return }
        if let complaint = workspace.complaint(of: workspace.control) { return complain(complaint) }
        self.workspace?.step(by: steps)
    }

    fileprivate mutating func askForValue() {
        guard let workspace else { return }
        if workspace.layer == nil { return complain("there is no layer to set a value of") }
        prompt = Prompt(.value(workspace.control), text: "")
    }

    fileprivate mutating func toggleAutomaticRanks() {
        take(.rankOut)
        guard let workspace else { return }
        if let complaint = workspace.complaint(of: .rankOut) { return complain(complaint) }
        var plan = workspace.plan
        plan.factorize = plan.factorize?.ranks == .automatic ? nil : FactorRule(.automatic, norm: workspace.norm)
        self.workspace?.changeSelected(plan)
    }

    /// Spectra and energies are shown by the other norm, and factors in force are chosen in it.
    fileprivate mutating func changeNorm() {
        guard let workspace else { return }
        if let reason = workspace.factorObstacle { return complain("no factors: \(reason)") }
        let norm: ErrorNorm = workspace.norm == .weights ? .data : .weights
        self.workspace?.wantedNorm = norm
        self.workspace?.showsFactors = true
        var plan = workspace.plan
        plan.factorize?.norm = norm
        if plan != workspace.plan { self.workspace?.changeSelected(plan) }
        say("ranks are judged by \(norm.words)")
    }

    fileprivate mutating func stepControl(by steps: Int) {
        guard let workspace else { return }
        let controls = workspace.controls
        let index = controls.firstIndex(of: workspace.control) ?? 0
        take(controls[min(controls.count - 1, max(0, index + steps))])
    }

    /// Takes a slider; what it acts on comes on screen.
    mutating func take(_ control: Control) {
        guard workspace?.control != control else { return }
        workspace?.control = control
        switch control.slider.scene {
        case .factors: workspace?.showsFactors = true
        case .weights: workspace?.showsFactors = false
        case .shape: break
        }
    }
}

extension Workspace {
    fileprivate mutating func resetSelected() {
        guard let layer else { return }
        resetLayers([selected], title: "reset of \(layer.name)")
    }
}
