import Compression
import Evaluation

extension Workspace {
    /// The configuration in force, as far as it changes the network.
    var changedPlans: ChangedPlans {
        var changed = ChangedPlans()
        for (layer, plan) in plans.enumerated() where !plan.isIdentity && !statuses[layer].isRefused {
            changed[layer] = plan.values
        }
        return changed
    }

    /// The report of the configuration in force, or of an earlier one until there is one.
    var shownQuality: (report: Quality.Measured, isStale: Bool)? {
        let plans = changedPlans
        if let report = quality.report(of: plans) { return (Quality.Measured(report: report, plans: plans), false) }
        return quality.newest.map { ($0, true) }
    }

    /// Of what would be written now: of the recovered network, where there is one.
    var reportInForce: QualityReport? { recovered == nil ? quality.report(of: changedPlans) : recovered?.report }

    /// The totals of what would be written now.
    var totalsInForce: Totals {
        var totals = totals
        if let recovered { totals.take(recovered) }
        return totals
    }

    /// Lets the pin know what reconstruction made of its configuration meanwhile.
    mutating func updatePin() {
        guard let pin, pin.recovered == nil || pin.recovered?.report?.isComplete != true else { return }
        let network = recovery.networks.last {
            $0.plans == pin.plans && ($0 == pin.recovered || pin.recovered == nil && $0.kind == .reconstruction && $0.rule == pin.rule)
        }
        if let network { self.pin?.recovered = network }
    }

    /// The headline's change against the pin: `−0.4 ±0.6`, and how much worse it became; nil where either is missing.
    var qualityAgainstPin: (metric: Metric, text: String, harm: Double)? {
        guard let pinned = pin?.report?.headline, let now = reportInForce?.headline else { return nil }
        guard let (difference, text) = now.change(from: pinned) else { return nil }
        return (now.metric, text, now.metric.risesWithQuality ? -difference : difference)
    }

    /// Samples that a layer's own effect is measured on: a second's work or so.
    var effectSamples: Int {
        switch model.macs.count ?? .max {
        case ...60_000_000: 1_024
        case ...600_000_000: 256
        default: 64
        }
    }

    /// Asks for the quality of the configuration in force, then for its layers' own effects, where they are not known.
    mutating func askForQuality() -> [ModelEffect] {
        guard quality.isReady, quality.opening == nil else { return [] }
        let changed = changedPlans
        // Values are worked out from the layers' tables; when those are there, this is asked anew.
        guard changed.keys.allSatisfy({ statuses[$0].isReady }) else { return [] }
        switch quality.ask(for: changed) {
        case .measuring: return [.measure(changed, focus: layer == nil ? nil : selected)]
        case .stopping: return [.stopMeasuring]
        case .nothing:
            var effects: [ModelEffect] = []
            if layer != nil, quality.askToPrepare(selected, under: changed) { effects.append(.prepareFocus(selected, changed)) }
            if shapes.isOriginal == false, quality.askToTime(changed) { effects.append(.time(changed)) }
            let missing = quality.askForEffects(of: changed, samples: effectSamples)
            let order = missing.sorted { ($0 == selected ? 0 : 1, $0) < ($1 == selected ? 0 : 1, $1) }
            if !missing.isEmpty { effects.append(.measureEffects(order, changed, samples: effectSamples)) }
            if let recovered, recovered.report?.isComplete == true, !losses.curves.isEmpty, quality.askedRecovered != recovered {
                quality.askedRecovered = recovered
                // A layer that was not changed by itself may have been fitted to what others lost.
                let layers = recovered.layers.indices.filter { recovered.layers[$0].effect == nil && losses.curves[$0] != nil }
                let order = layers.sorted { ($0 == selected ? 0 : 1, $0) < ($1 == selected ? 0 : 1, $1) }
                if !order.isEmpty { effects.append(.measureRecoveredEffects(order, recovered, samples: effectSamples)) }
            }
            return effects
        }
    }

    /// Takes a report, whatever configuration it is of.
    mutating func take(_ report: QualityReport, of plans: ChangedPlans) {
        let changed = changedPlans
        quality.take(report, of: plans, inForce: changed)
        if let pin, pin.changedPlans == plans { self.pin?.quality = report }
    }
}
