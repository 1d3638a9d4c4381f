import Compression

extension Workspace {
    /// Changes plans as one deliberate step that undo takes back.
    mutating func change(_ changes: [Int: LayerPlan], title: String) {
        let changes = changes.filter { plans[$0.key] != $0.value && !statuses[$0.key].isRefused }
        guard !changes.isEmpty else { return }
        let before = changes.reduce(into: [:]) { $0[$1.key] = plans[$1.key] }
        history.record(title, before: before, after: changes)
        setPlans(changes)
    }

    /// Changes the plan of the layer on screen.
    mutating func changeSelected(_ plan: LayerPlan) {
        guard let layer else { return }
        var changes = [selected: plan]
        if plan.filters != self.plan.filters { changes.merge(filters(plan.filters, like: selected)) { own, _ in own } }
        change(changes, title: "\(control.label) of \(layer.name)")
    }

    /// The plans of the layers whose filters go together with a layer's, under the same rule.
    private func filters(_ rule: FilterRule?, like layer: Int) -> [Int: LayerPlan] {
        var changes: [Int: LayerPlan] = [:]
        for producer in channels.group(ofLayer: layer)?.producers ?? [] where producer != layer {
            changes[producer] = plans[producer]
            changes[producer]?.filters = rule
        }
        return changes
    }

    mutating func step(by steps: Int) {
        changeSelected(control.stepped(by: steps, in: plan, controlContext))
    }

    /// Gives the marked layers the whole plan of the layer on screen, or only what the current control sets.
    mutating func apply(only control: Control?) {
        let targets = marked.subtracting([selected])
        let source = plan
        let changes = targets.reduce(into: [:]) { changes, target in
            changes[target] = control.map { $0.copied(from: source, into: plans[target]) } ?? source
        }
        change(changes, title: "apply to \(targets.count) layers")
    }

    mutating func resetLayers(_ layers: some Sequence<Int>, title: String) {
        var changes: [Int: LayerPlan] = [:]
        for layer in layers where plans[layer].filters != nil { changes.merge(filters(nil, like: layer)) { own, _ in own } }
        for layer in layers { changes[layer] = LayerPlan() }
        change(changes, title: title)
    }

    /// Takes back or repeats the last change; answers with what it was.
    mutating func undo() -> String? {
        guard let entry = history.undo() else { return nil }
        restore(entry.before)
        return entry.title
    }

    mutating func redo() -> String? {
        guard let entry = history.redo() else { return nil }
        restore(entry.after)
        return entry.title
    }

    private mutating func restore(_ plans: [Int: LayerPlan]) {
        if plans.count == 1, let layer = plans.keys.first { select(layer) }
        setPlans(plans)
    }

    /// Keeps the configuration with its figures.
    mutating func pinConfiguration() {
        pin = Pin(
            plans: plans, changedPlans: changedPlans, figures: statuses.map(\.figures), totals: totals,
            quality: quality.report(of: changedPlans), rule: recovery.rule, recovered: recovered)
    }

    /// Puts the pinned plans in force and pins what was; one step of the history.
    mutating func swapPin() {
        guard let pinned = pin else { return }
        pinConfiguration()
        let changes = pinned.plans.enumerated().reduce(into: [:]) { $0[$1.offset] = $1.element }
        change(changes, title: "swap with the pin")
    }
}
