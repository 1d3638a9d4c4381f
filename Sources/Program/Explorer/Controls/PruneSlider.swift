import Basics
import Compression
import FoundationEssentials

extension Control {
    static let prune = Control(PruneSlider())
}

/// The weights of smallest magnitude that go, as a sparsity, in standard deviations, or below a threshold.
struct PruneSlider: LayerSlider {
    let label = "prune"
    let explanation = "drop the weights of smallest magnitude"
    let keywords = "pruning sparsity sigma threshold zeros magnitude"
    let isPredicted = true
    let typing = TypedForm.number("90%, 1.2s, .03t, off", words: ["off"], units: "%sσt")

    func typedName(_ context: ControlContext) -> String { context.unit.rawValue }

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double {
        PruneControl.position(
            of: plan.prune, unit: context.unit, scale: context.scale, sparsity: context.sparsity, threshold: context.threshold)
    }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        plan.prune = PruneControl.rule(at: position, unit: context.unit, scale: context.scale)
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        plan.prune = PruneControl.stepped(
            plan.prune, by: steps, unit: context.unit, scale: context.scale, sparsity: context.sparsity, threshold: context.threshold)
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        plan.prune = try PruneControl.parse(text, unit: context.unit).get()
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) { plan.prune = source.prune }

    func reading(in workspace: Workspace) -> ControlReading {
        guard let rule = workspace.plan.prune else { return ControlReading(value: "off", note: "keeps all") }
        let figures = workspace.status?.figures
        let readings: [PruneUnit: String] = [
            .sparsity: NumberText.percent(figures?.sparsity ?? 0), .sigma: NumberText.fixed(figures?.thresholdInSigma ?? 0, 2) + " σ",
            .threshold: NumberText.weight(figures?.threshold ?? 0),
        ]
        // The rule itself is shown as it was set; the figures that follow from it come a moment later.
        let value =
            switch (workspace.unit, rule) {
            case (.sparsity, .sparsity(let fraction)): NumberText.percent(fraction)
            case (.sigma, .sigma(let multiple)): NumberText.fixed(multiple, 2) + " σ"
            case (.threshold, .threshold(let exact)): NumberText.weight(exact)
            default: readings[workspace.unit] ?? ""
            }
        let note = PruneUnit.allCases.filter { $0 != workspace.unit }.map { unit in
            unit == .threshold ? "|w|≥\(readings[unit] ?? "")" : readings[unit] ?? ""
        }.joined(separator: "  ")
        return ControlReading(value: value, note: note)
    }
}

/// Pruning rules along a slider: positions 0…1 along sparsity, sigma or threshold.
public enum PruneControl {
    /// The knob's position; `sparsity` is the measured one, for rules given in another unit.
    public static func position(of rule: PruneRule?, unit: PruneUnit, scale: LayerScale, sparsity: Double, threshold: Double)
        -> Double
    {
        guard let rule else { return 0 }
        switch (unit, rule) {
        case (.sparsity, .sparsity(let fraction)): return fraction
        case (.sparsity, _): return sparsity
        case (.sigma, .sigma(let multiple)): return clamp(multiple / scale.sigmaRange)
        case (.sigma, _): return clamp(threshold / (scale.sigma ?? 1) / scale.sigmaRange)
        case (.threshold, .threshold(let value)): return clamp(value / scale.thresholdRange)
        case (.threshold, _): return clamp(threshold / scale.thresholdRange)
        }
    }

    /// The rule at a position, rounded to what a person would type; nil at 0, where nothing is pruned.
    public static func rule(at position: Double, unit: PruneUnit, scale: LayerScale) -> PruneRule? {
        let position = clamp(position)
        guard position > 0 else { return nil }
        switch unit {
        case .sparsity:
            let fraction = (position * 1000).rounded() / 1000
            return fraction > 0 ? .sparsity(fraction) : nil
        case .sigma:
            let multiple = (position * scale.sigmaRange * 100).rounded() / 100
            return multiple > 0 ? .sigma(multiple) : nil
        case .threshold:
            let value = significant(position * scale.thresholdRange, digits: 3)
            return value > 0 ? .threshold(value) : nil
        }
    }

    /// The rule `steps` steps away: 1 % of sparsity (0.1 % beyond 98 %), 0.05 sigma, or 1 % of the threshold's range.
    public static func stepped(
        _ rule: PruneRule?, by steps: Int, unit: PruneUnit, scale: LayerScale, sparsity: Double, threshold: Double
    ) -> PruneRule? {
        let now = position(of: rule, unit: unit, scale: scale, sparsity: sparsity, threshold: threshold)
        switch unit {
        case .sparsity:
            let fine = now > 0.98 || (now == 0.98 && steps > 0)
            let grain = fine && abs(steps) == 1 ? 1000.0 : 100.0
            return self.rule(at: ((now * grain).rounded() + Double(steps)) / grain, unit: unit, scale: scale)
        case .sigma:
            let multiple = now * scale.sigmaRange
            return self.rule(at: (multiple + 0.05 * Double(steps)) / scale.sigmaRange, unit: unit, scale: scale)
        case .threshold:
            return self.rule(at: now + 0.01 * Double(steps), unit: unit, scale: scale)
        }
    }

    /// Reads what a person typed: a number in `unit`, or one that names its own: `90%`, `1.2s`, `.03t`; `0` or `off` prunes nothing.
    public static func parse(_ text: String, unit: PruneUnit) -> Result<PruneRule?, TypedValueError> {
        var text = text.trimmingCharacters(in: .whitespaces).lowercased()
        if text == "off" { return .success(nil) }
        var unit = unit
        var isPercent = unit == .sparsity
        if let last = text.last, let named: PruneUnit = ["%": .sparsity, "s": .sigma, "σ": .sigma, "t": .threshold][last] {
            unit = named
            isPercent = named == .sparsity
            text.removeLast()
        }
        guard let value = Double(text.trimmingCharacters(in: .whitespaces)), value.isFinite, value >= 0 else {
            return .failure(TypedValueError("\(text) is not a number: type 90%, 1.2s (sigma) or .03t (threshold)"))
        }
        guard value > 0 else { return .success(nil) }
        switch unit {
        case .sparsity:
            let fraction = isPercent ? value / 100 : value
            guard fraction <= 1 else { return .failure(TypedValueError("sparsity ends at 100 %")) }
            return .success(.sparsity(fraction))
        case .sigma: return .success(.sigma(value))
        case .threshold: return .success(.threshold(value))
        }
    }

    private static func clamp(_ value: Double) -> Double { value.isFinite ? min(1, max(0, value)) : 0 }

    static func significant(_ value: Double, digits: Int) -> Double {
        guard value > 0 else { return 0 }
        let text = String(format: "%.\(digits - 1)e", value)
        return Double(text) ?? value
    }
}
