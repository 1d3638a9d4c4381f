import Compression
import Recipes

/// What becomes of the fit with a change of plans.
enum Fitting {
    case asBefore
    /// By this rule; not at all where there is none.
    case by(ReconstructRule?)
}

extension Workspace {
    /// Changes plans, and how what is left is fitted, as one deliberate step that undo takes back.
    mutating func change(_ changes: [Int: LayerPlan], title: String, fitting: Fitting = .asBefore) {
        let changes = changes.filter { plans[$0.key] != $0.value && !statuses[$0.key].isRefused }
        var fit: History.Fit?
        if case .by(let rule) = fitting, rule != recovery.rule { fit = History.Fit(before: recovery.rule, after: rule) }
        guard !changes.isEmpty || fit != nil else { return }
        let before = changes.reduce(into: [:]) { $0[$1.key] = plans[$1.key] }
        history.record(title, before: before, after: changes, fit: fit)
        if let fit { recovery.rule = fit.after }
        setPlans(changes)
    }

    /// Changes all plans likewise.
    mutating func change(to plans: [LayerPlan], title: String, fitting: Fitting = .asBefore) {
        change(Dictionary(uniqueKeysWithValues: plans.enumerated().map { ($0.offset, $0.element) }), title: title, fitting: fitting)
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
        if let fit = entry.fit { recovery.rule = fit.before }
        return entry.title
    }

    mutating func redo() -> String? {
        guard let entry = history.redo() else { return nil }
        restore(entry.after)
        if let fit = entry.fit { recovery.rule = fit.after }
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
        change(to: pinned.plans, title: "swap with the pin")
    }
}
