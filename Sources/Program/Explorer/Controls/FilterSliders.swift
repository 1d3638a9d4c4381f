import Compression
import Structure

extension Control {
    static let filters = Control(FilterSlider())
    static let criterion = Control(
        ChoiceSlider<FilterCriterion>(
            label: "by", explanation: "what a filter's importance is measured by", keywords: "criterion importance apoz thinet fpgm",
            scene: .shape, get: { $0.filters?.criterion }, set: { $0.filters?.criterion = $1 }, usual: .l1,
            needs: ("filters", "needs filters"),
            note: { $1.composed?.isAwaitingData == true ? "running the network" : $0.explanation }))
}

/// How many filters stay.
struct FilterSlider: LayerSlider {
    let label = "filters"
    let explanation = "drop whole filters, and what reads them"
    let keywords = "prune structured channels units heads"
    let isPredicted = true
    let typing = TypedForm.number("40, 75%, off", words: ["all", "off"], units: "%")
    let scene = SliderScene.shape

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double {
        FilterControl.position(of: plan.filters, context.structure)
    }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        plan.filters = FilterControl.rule(at: position, plan.filters, context.structure)
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        plan.filters = FilterControl.stepped(plan.filters, by: steps, context.structure)
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        plan.filters = try FilterControl.parse(text, plan.filters).get()
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) { plan.filters = source.filters }

    func obstacle(in workspace: Workspace) -> String? { workspace.channels.obstacle(ofLayer: workspace.selected) }

    func reading(in workspace: Workspace) -> ControlReading {
        if let obstacle = workspace.obstacle(of: .filters) { return ControlReading(value: "all", note: obstacle) }
        guard let composed = workspace.composed else { return ControlReading(value: "all") }
        let kept = workspace.plan.filters.map { $0.amount.kept(of: composed.filterCount) } ?? composed.filtersKept
        let value = kept == composed.filterCount ? "all \(kept)" : "\(kept)/\(composed.filterCount)"
        return ControlReading(value: value, note: group(workspace))
    }

    /// Whom a layer's filters go together with, and whom they feed: `with conv2, feeds conv3 and 2 more`.
    private func group(_ workspace: Workspace) -> String {
        guard let group = workspace.channels.group(ofLayer: workspace.selected) else { return "" }
        func names(_ layers: [Int]) -> String {
            guard let first = layers.first else { return "" }
            let name = workspace.model.layers[first].name
            return layers.count == 1 ? name : "\(name) +\(layers.count - 1)"
        }
        var words: [String] = []
        let others = group.producers.filter { $0 != workspace.selected }
        if !others.isEmpty { words.append("with \(names(others))") }
        if !group.consumers.isEmpty { words.append("feeds \(names(group.consumers))") }
        if !group.states.isEmpty { words.append("states \(group.states.joined(separator: ", "))") }
        return words.joined(separator: ", ")
    }
}

/// The filters slider: how many stay, all at its right end.
enum FilterControl {
    static func position(of rule: FilterRule?, _ context: StructureContext) -> Double {
        guard context.filterCount > 0 else { return 1 }
        let kept = rule.map { $0.amount.kept(of: context.filterCount) } ?? context.filtersKept
        return Double(kept) / Double(context.filterCount)
    }

    static func rule(at position: Double, _ now: FilterRule?, _ context: StructureContext) -> FilterRule? {
        keeping(Int((position * Double(context.filterCount)).rounded()), now, context)
    }

    static func stepped(_ now: FilterRule?, by steps: Int, _ context: StructureContext) -> FilterRule? {
        let kept = now.map { $0.amount.kept(of: context.filterCount) } ?? context.filtersKept
        return keeping(kept + steps, now, context)
    }

    private static func keeping(_ count: Int, _ now: FilterRule?, _ context: StructureContext) -> FilterRule? {
        guard count < context.filterCount else { return nil }
        return FilterRule(.keep(max(1, count)), by: now?.criterion ?? .l1)
    }

    /// Reads `40`, `75%`, or `all`.
    static func parse(_ text: String, _ now: FilterRule?) -> Result<FilterRule?, TypedValueError> {
        let text = text.lowercased()
        if text == "all" || text == "off" { return .success(nil) }
        let criterion = now?.criterion ?? .l1
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            return .success(percent == 100 ? nil : FilterRule(.fraction(percent / 100), by: criterion))
        }
        guard let count = Int(text), count >= 1 else {
            return .failure(TypedValueError("\(text) is no number of filters: type 40, 75% or all"))
        }
        return .success(FilterRule(.keep(count), by: criterion))
    }
}

extension FilterCriterion {
    /// The criterion in words.
    var explanation: String {
        switch self {
        case .l1: "sum of magnitudes"
        case .l2: "root of sum of squares"
        case .median: "distance to the others"
        case .apoz: "activations not zero"
        case .thinet: "the next layer's input"
        case .fisher: "predicted loss without it"
        }
    }
}
